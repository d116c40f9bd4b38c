import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as zlib from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData, SchemaElement } from 'hyparquet';
import { missingPackage, TickerforestError } from '../errors';
import { quoted } from '../text';
import { Turns } from '../waiting';

/** Unpacks a page: packed bytes, and how many there will be. */
export type Unpack = (packed: Uint8Array, length: number) => Uint8Array;

/** A column of plain values. */
export interface ParquetColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, as the file describes it. */
  readonly element: SchemaElement;
}

/** Rows of a row group that are held at once: six columns of them are some gigabytes. */
const MOST_ROWS = 50_000_000;

type Library = typeof import('hyparquet');

/** An open Parquet file, read group by group and column by column. */
export class ParquetFile {
  /** The file's name, for messages. */
  readonly name: string;
  /** All its rows. */
  readonly rows: number;
  /** Its columns of plain values; nested ones are no bars. */
  readonly columns: readonly ParquetColumn[];
  readonly #handle: FileHandle;
  readonly #library: Library;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #compressors: Compressors;

  private constructor(
    name: string,
    handle: FileHandle,
    library: Library,
    file: AsyncBuffer,
    metadata: FileMetaData,
    compressors: Readonly<Record<string, Unpack>>,
  ) {
    this.name = name;
    this.rows = Number(metadata.num_rows);
    this.columns = library
      .parquetSchema(metadata)
      .children.filter(
        ({ children, element }) => children.length === 0 && element.repetition_type !== 'REPEATED' && element.name !== '__proto__',
      )
      .map(({ element }) => ({ name: element.name, element }));
    this.#handle = handle;
    this.#library = library;
    this.#file = file;
    this.#metadata = metadata;
    this.#compressors = { ...unpackers(), ...compressors };
  }

  /**
   * Opens a file and reads what is in it.
   *
   * @param path - path of the file
   * @param compressors - the caller's, by codec
   * @returns the file; to be closed
   * @throws TickerforestError `INVALID_OPTION` without hyparquet, `SOURCE_FAILED` if it cannot be opened, `FILE_FORMAT` if it is no Parquet file
   */
  static async open(path: string, compressors: Readonly<Record<string, Unpack>>): Promise<ParquetFile> {
    const name = basename(path);
    const library = await import('hyparquet').catch((cause: unknown) => {
      throw missingPackage('parquetBars', 'hyparquet', cause);
    });
    const unreadable = (cause: unknown) => new TickerforestError('SOURCE_FAILED', `cannot read ${quoted(path, 200)}`, { cause });
    // open() of a named pipe waits for a writer
    const { size } = await stat(path).then(
      (found) => {
        if (!found.isFile()) throw new TickerforestError('SOURCE_FAILED', `cannot read ${quoted(path, 200)}: it is no plain file`);
        return found;
      },
      (cause: unknown) => {
        throw unreadable(cause);
      },
    );
    const handle = await open(path, 'r').catch((cause: unknown) => {
      throw unreadable(cause);
    });
    try {
      const file: AsyncBuffer = {
        byteLength: size,
        async slice(start, end = size) {
          const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
          const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
          if (bytesRead < bytes.length) throw new TickerforestError('FILE_FORMAT', `${name} became shorter while it was read`);
          return bytes.buffer;
        },
      };
      const metadata = await library.parquetMetadataAsync(file, { geoparquet: false });
      return new ParquetFile(name, handle, library, file, metadata, compressors);
    } catch (cause) {
      await handle.close();
      if (cause instanceof TickerforestError) throw cause;
      throw new TickerforestError('FILE_FORMAT', `${name} is no Parquet file, is encrypted, or was cut off; fetch it again`, { cause });
    }
  }

  /**
   * Checks that all pages of some columns can be unpacked.
   *
   * @param columns - their names
   * @throws TickerforestError `FILE_FORMAT` naming the codec
   */
  checkCodecs(columns: readonly string[]): void {
    for (const { columns: chunks } of this.#metadata.row_groups) {
      for (const { meta_data } of chunks) {
        if (meta_data === undefined || !columns.includes(meta_data.path_in_schema[0])) continue;
        const { codec } = meta_data;
        if (codec === 'UNCOMPRESSED' || codec === 'SNAPPY' || this.#compressors[codec] !== undefined) continue;
        throw new TickerforestError(
          'FILE_FORMAT',
          `${this.name} is packed with ${codec}, which this version of Node.js cannot unpack; write it with snappy, gzip or brotli, ` +
            'or give parquetBars the compressors of the package hyparquet-compressors: { compressors }',
        );
      }
    }
  }

  /**
   * Reads row group by row group.
   *
   * @param columns - names of the columns to read
   * @yields the number of the group's first row, from 0, and the columns' values by name
   * @throws TickerforestError `FILE_FORMAT` for damaged data
   */
  async *groups(
    columns: readonly string[],
  ): AsyncGenerator<{ readonly start: number; readonly values: ReadonlyMap<string, ArrayLike<unknown>> }> {
    let start = 0;
    for (const group of this.#metadata.row_groups) {
      const rows = Number(group.num_rows);
      if (rows > MOST_ROWS) {
        throw new TickerforestError(
          'FILE_FORMAT',
          `${this.name} has a row group of ${rows} rows; write it with at most ${MOST_ROWS} a group`,
        );
      }
      if (rows > 0) yield { start, values: await this.#read(start, rows, columns) };
      start += rows;
    }
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(start: number, rows: number, columns: readonly string[]): Promise<Map<string, unknown[]>> {
    const turns = new Turns();
    const values = new Map(columns.map((name): [string, unknown[]] => [name, []]));
    try {
      // the library decodes what it is asked for in one go: a column at a time keeps the thread for less long
      for (const [name, column] of values) {
        await this.#library.parquetRead({
          file: this.#file,
          metadata: this.#metadata,
          columns: [name],
          rowStart: start,
          rowEnd: start + rows,
          compressors: this.#compressors,
          onChunk: ({ columnData, rowStart }) => {
            for (let i = 0; i < columnData.length; i++) column[rowStart - start + i] = columnData[i];
          },
        });
        if (turns.isOver) await turns.giveWay();
      }
    } catch (cause) {
      if (cause instanceof TickerforestError) throw cause;
      throw new TickerforestError(
        'FILE_FORMAT',
        `${this.name}, rows ${start + 1} to ${start + rows}: damaged, or in an encoding that cannot be read; fetch it again`,
        {
          cause,
        },
      );
    }
    for (const [name, column] of values) {
      if (column.length === rows) continue;
      throw new TickerforestError(
        'FILE_FORMAT',
        `${this.name}: column ${quoted(name, 30)} has ${column.length} values where its row group has ${rows}`,
      );
    }
    return values;
  }
}

/** What Node.js unpacks by itself; hyparquet does snappy. A page never becomes longer than the file says. */
function unpackers(): Record<string, Unpack> {
  const zstd: unknown = Reflect.get(zlib, 'zstdDecompressSync');
  return {
    GZIP: (packed, length) => zlib.gunzipSync(packed, { maxOutputLength: length }),
    BROTLI: (packed, length) => zlib.brotliDecompressSync(packed, { maxOutputLength: length }),
    ...(typeof zstd === 'function' && {
      ZSTD: (packed: Uint8Array, length: number): Uint8Array => Reflect.apply(zstd, zlib, [packed, { maxOutputLength: length }]),
    }),
  };
}
