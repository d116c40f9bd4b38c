export { type JsonOptions, jsonBars } from './bars/json-source';
