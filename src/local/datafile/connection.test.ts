import { describe, expect, it } from 'vitest';
import { parseConnection } from './connection.js';

describe('parseConnection', () => {
  it('a connection is kept with its options, secrets included as they are written', () => {
    const text = `TYPE kafka
KAFKA_BOOTSTRAP_SERVERS {{ tb_secret("SERVERS", "localhost:9092") }}
KAFKA_KEY ""
KAFKA_SSL_CA_PEM >
    -----BEGIN-----
    abc`;
    expect(parseConnection('k', text)).toEqual({
      kind: 'connection',
      name: 'k',
      description: '',
      type: 'kafka',
      options: {
        KAFKA_BOOTSTRAP_SERVERS: '{{ tb_secret("SERVERS", "localhost:9092") }}',
        KAFKA_KEY: '',
        KAFKA_SSL_CA_PEM: '-----BEGIN-----\nabc',
      },
      content: text,
    });
  });

  it.each([
    ['KAFKA_TOPIC t', 'TYPE is missing: it is kafka, s3, gcs'],
    ['TYPE ftp', 'line 1: TYPE ftp is not one of kafka, s3, gcs'],
    ['TYPE kafka', 'TYPE kafka needs KAFKA_BOOTSTRAP_SERVERS'],
    ['TYPE s3\nS3_REGION eu\nS3_ARN a\nKAFKA_KEY k', 'KAFKA_KEY does not belong to TYPE s3'],
    ['TYPE s3\nS3_REGION eu', 'TYPE s3 needs S3_ARN or S3_ACCESS_KEY'],
    ['TYPE gcs\nHOST h', 'line 2: HOST is not a valid option in connection files'],
    ['TYPE s3\nS3_REGION a\nS3_REGION b', 'line 3: S3_REGION is there twice'],
  ])('an invalid datafile is refused: %j', (text, message) => {
    expect(() => parseConnection('c', text)).toThrow(message);
  });
});
