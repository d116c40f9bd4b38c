import type { Session } from './market';

/** An exchange's clock and regular hours. */
export interface Exchange {
  /** IANA time zone. */
  readonly timeZone: string;
  /** Regular hours, the last years' ones. */
  readonly session: Session;
}

const ALWAYS: Session = { open: 0, close: 1440, earlyCloses: 'none' };

/**
 * Names of exchanges, then time zone and hours. The first name is the market identifier code (ISO 10383), where there is one; what follows are names that
 * vendors use. A break at noon counts as open. Hours are those of continuous trading, as in exchange_calendars 4.13 (github.com/gerrymanoim/exchange_calendars),
 * which names each exchange's own page; NSE, SZSE, KOSDAQ, TSXV, NASDAQ, ARCA, AMEX, BATS and IEX trade in the hours of the exchange beside them.
 */
const TABLE: readonly (readonly [names: string, timeZone: string, hours: string | Session])[] = [
  ['XNYS NYSE', 'America/New_York', 'us'],
  ['XNAS NASDAQ', 'America/New_York', 'us'],
  ['XASE AMEX NYSEAMERICAN', 'America/New_York', 'us'],
  ['ARCX ARCA NYSEARCA', 'America/New_York', 'us'],
  ['BATS CBOE BZX', 'America/New_York', 'us'],
  ['IEXG IEX', 'America/New_York', 'us'],
  ['XTSE TSX', 'America/Toronto', '09:30-16:00'],
  ['XTSX TSXV', 'America/Toronto', '09:30-16:00'],
  ['BVMF B3 BOVESPA', 'America/Sao_Paulo', '10:00-18:00'],
  ['XMEX BMV', 'America/Mexico_City', '08:30-15:00'],
  ['XBUE BCBA', 'America/Argentina/Buenos_Aires', '11:00-17:00'],
  ['XLON LSE', 'Europe/London', '08:00-16:30'],
  ['XDUB', 'Europe/Dublin', '08:00-16:28'],
  ['XPAR EURONEXT', 'Europe/Paris', '09:00-17:30'],
  ['XAMS', 'Europe/Amsterdam', '09:00-17:30'],
  ['XBRU', 'Europe/Brussels', '09:00-17:30'],
  ['XLIS', 'Europe/Lisbon', '08:00-16:30'],
  ['XMIL BIT', 'Europe/Rome', '09:00-17:30'],
  ['XMAD BME', 'Europe/Madrid', '09:00-17:30'],
  ['XETR XETRA', 'Europe/Berlin', '09:00-17:30'],
  ['XFRA FWB', 'Europe/Berlin', '09:00-17:30'],
  ['XSWX SIX', 'Europe/Zurich', '09:00-17:30'],
  ['XWBO', 'Europe/Vienna', '09:00-17:30'],
  ['XSTO', 'Europe/Stockholm', '09:00-17:30'],
  ['XCSE', 'Europe/Copenhagen', '09:00-17:00'],
  ['XHEL', 'Europe/Helsinki', '10:00-18:30'],
  ['XOSL OSE', 'Europe/Oslo', '09:00-16:20'],
  ['XWAR GPW', 'Europe/Warsaw', '09:00-17:00'],
  ['XPRA', 'Europe/Prague', '09:00-16:20'],
  ['XBUD', 'Europe/Budapest', '09:00-17:00'],
  ['ASEX XATH ATHEX', 'Europe/Athens', '10:00-17:20'],
  ['XIST BIST', 'Europe/Istanbul', '10:00-18:00'],
  ['MISX XMOS MOEX', 'Europe/Moscow', '10:00-18:45'],
  ['XTAE TASE', 'Asia/Jerusalem', '09:59-17:15'],
  ['XSAU TADAWUL', 'Asia/Riyadh', '10:00-15:00'],
  ['XJSE JSE', 'Africa/Johannesburg', '09:00-17:00'],
  ['XBOM BSE', 'Asia/Kolkata', '09:15-15:30'],
  ['XNSE NSE', 'Asia/Kolkata', '09:15-15:30'],
  ['XTKS TSE JPX', 'Asia/Tokyo', '09:00-15:30'],
  ['XHKG HKEX SEHK', 'Asia/Hong_Kong', '09:30-16:00'],
  ['XSHG SSE', 'Asia/Shanghai', '09:30-15:00'],
  ['XSHE SZSE', 'Asia/Shanghai', '09:30-15:00'],
  ['XKRX KRX KOSPI', 'Asia/Seoul', '09:00-15:30'],
  ['XKOS KOSDAQ', 'Asia/Seoul', '09:00-15:30'],
  ['XTAI TWSE', 'Asia/Taipei', '09:00-13:30'],
  ['XSES SGX', 'Asia/Singapore', '09:00-17:00'],
  ['XKLS', 'Asia/Kuala_Lumpur', '09:00-17:00'],
  ['XBKK SET', 'Asia/Bangkok', '10:00-16:30'],
  ['XIDX IDX JKT', 'Asia/Jakarta', '09:00-15:50'],
  ['XPHS PSE', 'Asia/Manila', '09:30-15:30'],
  ['XASX ASX', 'Australia/Sydney', '10:00-16:00'],
  ['XNZE NZX', 'Pacific/Auckland', '10:00-16:45'],
  // round the clock; of currencies, weekends are merely without bars
  ['CRYPTO BINANCE COINBASE KRAKEN BITFINEX BITSTAMP BYBIT OKX', 'UTC', ALWAYS],
  ['FOREX FX', 'UTC', ALWAYS],
];

/** Exchanges by every name of theirs, upper case. */
export const EXCHANGES: ReadonlyMap<string, Exchange> = new Map(
  TABLE.flatMap(([names, timeZone, hours]) => {
    const exchange = { timeZone, session: sessionOf(hours) };
    return names.split(' ').map((name): [string, Exchange] => [name, exchange]);
  }),
);

function sessionOf(hours: string | Session): Session {
  if (hours === 'us') return { open: 570, close: 960, earlyCloses: 'us_equities' };
  if (typeof hours !== 'string') return hours;
  const [open, close] = hours.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  return { open, close, earlyCloses: 'none' };
}
