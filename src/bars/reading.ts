/** Kinds of sources that say how they were read. */
export const READING_FORMATS = ['csv', 'json', 'ndjson', 'parquet', 'rows', 'columns'] as const;

/**
 * How a source's values were understood: decided once, from the evidence in it or by the caller's options, and held against every row. Plain data, stored
 * in the company profile as it is, hence snake_case. A part that does not apply (the delimiter of rows in memory) is absent.
 */
export interface Reading {
  /** What kind of source it is. */
  readonly format: (typeof READING_FORMATS)[number];
  /** Separator of a text file's columns. */
  readonly delimiter?: string;
  /** Decimal mark of a text file's numbers. */
  readonly decimal_mark?: '.' | ',';
  /** Lines before the first row of bars: headers, `sep=;`, comments. 0: the file has no header. */
  readonly header_lines?: number;
  /** Where each field was found: a column's name, or its position from 1 where there are no names. Fields that the source lacks are absent. */
  readonly columns?: Readonly<Record<string, string | number>>;
  /** How times are written: 'YYYY-MM-DD', 'DD-Mon-YYYY HH:mm', 'seconds since 1970', 'milliseconds since 1970', ... Several, in order, if the form changes within. */
  readonly time_form?: string;
  /** IANA time zone in which times without an offset were read; absent where every time says its offset, or counts since 1970. */
  readonly time_zone?: string;
  /** Whether the caller said the time zone, the column's name did ('Gmt time'), or UTC was assumed. Absent with `time_zone`. */
  readonly time_zone_from?: 'option' | 'name' | 'assumed';
  /** Which prices were taken. Absent where there is no choice. */
  readonly prices?: 'as_traded' | 'adjusted';
}
