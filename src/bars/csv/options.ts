import type { EpochUnit, TimestampOptions } from '../timestamps';
import type { DecimalMark } from './numbers';

/**
 * Where each field stands, for files in which {@link csvBars} would not find it: the column's name, compared without regard to case, accents, blanks and
 * punctuation, or its position, a whole number from 1 (files without a line of names). `docs/files.md` lists the names that are found.
 */
export interface CsvColumnNames {
  /** Date, or date and time. Default: the first there is of `timestamp`, `datetime`, `open time`, `unix`, `date`, `time` and their like. */
  readonly timestamp?: string | number | undefined;
  /** Time of day, where it stands beside the date. Default: `time`, if the timestamp was found under `date`. null: there is none. */
  readonly time?: string | number | null | undefined;
  /** First price. Default: `open` and its like. */
  readonly open?: string | number | undefined;
  /** Highest price. Default: `high`, `max` and their like. */
  readonly high?: string | number | undefined;
  /** Lowest price. Default: `low`, `min` and their like. */
  readonly low?: string | number | undefined;
  /** Last price. Default: `close`, else `last`, `price` and their like. */
  readonly close?: string | number | undefined;
  /** Last price adjusted for splits and dividends. Default: `adj close`, `adjusted close` and their like. null: there is none. */
  readonly adjustedClose?: string | number | null | undefined;
  /**
   * Units traded. Default: `volume`, `vol` and their like, else ticks, else the one that begins with `volume` (`Volume BTC`).
   * null: the file has none, and volume is 0 everywhere.
   */
  readonly volume?: string | number | null | undefined;
  /** Symbol of the row's bar. Default: `symbol`, `ticker` and their like, if there is one. null: every row serves, whatever it says. */
  readonly symbol?: string | number | null | undefined;
}

/** How to read a bar file, as far as the file does not show it. What is said here is not guessed, and is held against every row. */
export interface CsvOptions extends TimestampOptions {
  /** Columns that are not found by themselves. */
  readonly columns?: CsvColumnNames | undefined;
  /** What separates the columns: one character; ' ' for any run of blanks and tabs. Default: that of comma, semicolon, tab, bar and blanks which makes the first rows columns. */
  readonly delimiter?: string | undefined;
  /** What separates whole units from decimals: '.' or ','. Default: what the file's numbers show; where they show nothing, it is refused. */
  readonly decimalMark?: DecimalMark | undefined;
  /**
   * How many lines, blank ones not counted, stand before the first row of bars: a whole number from 0 to 1000; the last of them names the columns. 0: there
   * are none, and `columns` gives positions. Default: found by what the lines look like.
   */
  readonly header?: number | undefined;
  /** What numbers of time count since 1970: 's', 'ms', 'us' or 'ns'. Default: what makes usual spacings of them. */
  readonly epochUnit?: EpochUnit | undefined;
  /**
   * Which prices to serve. 'adjusted' multiplies open, high, low and close by adjusted close / close, and divides the volume by the same ratio, so that
   * price times volume stays what was traded; a file without such a column is refused. Default: 'adjusted' where the file has a column of adjusted closes,
   * else 'as_traded'.
   */
  readonly prices?: 'as_traded' | 'adjusted' | undefined;
  /**
   * Says that rows need not be oldest first. Nothing follows from it: bars are put in order where that is certain. Rows are served in the order of the file.
   * Default 'ascending'.
   */
  readonly order?: 'ascending' | 'sort' | undefined;
}
