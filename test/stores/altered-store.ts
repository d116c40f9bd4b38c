import type { ProfileStore } from '../../src/stores/contract';

/** Functions of a store that anybody may have written: they answer whatever they like. */
export type StoreAlterations = { readonly [Method in keyof ProfileStore]?: (...given: never[]) => unknown };

/**
 * @param store - a store that works
 * @param alterations - what it does otherwise
 * @returns a store that does so
 */
export function alteredStore(store: ProfileStore, alterations: StoreAlterations): ProfileStore {
  return new Proxy(store, {
    get(target, name) {
      const own: unknown = Reflect.get(alterations, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}
