export type { Unpack } from './bars/parquet-file';
export { type ParquetOptions, parquetBars } from './bars/parquet-source';
export { type ExportedParquet, type ExportParquetOptions, exportParquet } from './stores/parquet-export';
