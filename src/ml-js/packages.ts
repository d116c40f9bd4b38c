/// <reference path="./ml-cart.d.ts" />
import { missingPackage } from '../errors';

type Cart = typeof import('ml-cart');
type RandomForest = typeof import('ml-random-forest');

/**
 * @param call - who needs it, for the message
 * @returns the package ml-cart
 * @throws TickerforestError `INVALID_OPTION` that says what to install
 */
export function loadCart(call: string): Promise<Cart> {
  return import('ml-cart').catch((cause: unknown) => {
    throw missingPackage(call, 'ml-cart', cause);
  });
}

/**
 * @param call - who needs it, for the message
 * @returns the package ml-random-forest
 * @throws TickerforestError `INVALID_OPTION` that says what to install
 */
export function loadRandomForest(call: string): Promise<RandomForest> {
  return import('ml-random-forest').catch((cause: unknown) => {
    throw missingPackage(call, 'ml-random-forest', cause);
  });
}
