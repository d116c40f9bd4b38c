/// <reference path="./ml-cart.d.ts" />
import { TickerforestError } from '../errors';

type Cart = typeof import('ml-cart');
type RandomForest = typeof import('ml-random-forest');

/**
 * @param call - who needs it, for the message
 * @returns the package ml-cart
 * @throws TickerforestError `MODEL_FAILED` that says what to install
 */
export function loadCart(call: string): Promise<Cart> {
  return import('ml-cart').catch((cause: unknown) => {
    throw missing(call, 'ml-cart', cause);
  });
}

/**
 * @param call - who needs it, for the message
 * @returns the package ml-random-forest
 * @throws TickerforestError `MODEL_FAILED` that says what to install
 */
export function loadRandomForest(call: string): Promise<RandomForest> {
  return import('ml-random-forest').catch((cause: unknown) => {
    throw missing(call, 'ml-random-forest', cause);
  });
}

function missing(call: string, name: string, cause: unknown): TickerforestError {
  return new TickerforestError('MODEL_FAILED', `${call} needs the package ${name}: npm install ${name}`, { cause });
}
