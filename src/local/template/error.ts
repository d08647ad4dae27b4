/** The error of a bad template. */
import { ApiError } from '../errors.js';

/** A template that cannot be parsed or evaluated; answered with 400. */
export class TemplateError extends ApiError {
  constructor(message: string) {
    super(400, `Template Syntax Error: ${message}`);
    this.name = 'TemplateError';
  }
}

/** A parameter that the request must give is missing. */
export class MissingParameterError extends TemplateError {}
