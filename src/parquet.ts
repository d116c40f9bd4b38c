export type { Unpack } from './bars/parquet-file';
export { type ParquetOptions, parquetBars } from './bars/parquet-source';
