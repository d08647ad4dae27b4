/** The constants of the Parquet format that are used here, from Apache Parquet's parquet.thrift. */
export const physicalType = { boolean: 0, int32: 1, int64: 2, double: 5, byteArray: 6 } as const;
export const convertedType = { utf8: 0, list: 3, uint8: 11, uint16: 12, uint32: 13, uint64: 14 } as const;
export const repetition = { required: 0, optional: 1, repeated: 2 } as const;
export const encoding = { plain: 0, rle: 3, dictionary: 8 } as const;
export const pageType = { data: 0, dictionary: 2 } as const;
export const uncompressed = 0;
export const magic = 'PAR1';

export type PhysicalType = (typeof physicalType)[keyof typeof physicalType];
export type ConvertedType = (typeof convertedType)[keyof typeof convertedType];
export type Encoding = (typeof encoding)[keyof typeof encoding];
