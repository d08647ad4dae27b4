import { main } from './inject.js';

void main();
