export {
  CANDLESTICK_PATTERNS,
  type CandlestickParameters,
  type CandlestickPattern,
  candlesticks,
} from './candlesticks';
export {
  type IndicatorClass,
  type IndicatorInput,
  type IndicatorOptions,
  type IndicatorParameters,
  indicator,
} from './indicator';
