export { type ParquetOptions, parquetBars } from './bars/parquet-source';
