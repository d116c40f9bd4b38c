import { hushed } from '../options/checks';
import type { Model } from './model';
import { estimateOf } from './own-model';
import type { TrainingRows } from './training-rows';

/** Where training is. */
export interface TrainingProgress {
  /** What is going on. */
  readonly step: 'preparing' | 'hold_out' | 'training';
  /** The model at work; absent while preparing. */
  readonly model?: string;
  /** What its steps are: 'tree'. Absent while preparing. */
  readonly unit?: string;
  /** Steps done, of this model: trees. */
  readonly done: number;
  /** Steps in all, of this model. */
  readonly of: number;
  /** Share of the whole work that is done, 0 to 1, never falling. */
  readonly fraction: number;
}

/** A model and its rows. */
interface Work {
  readonly key: string;
  readonly model: Model;
  readonly set: TrainingRows;
}

/** Weighs the models of a training against each other, for an even progress bar. */
export class TrainingWork {
  readonly #listener: ((progress: TrainingProgress) => void) | undefined;
  readonly #units: ReadonlyMap<string, string>;
  readonly #costs: Readonly<Record<'hold_out' | 'training', ReadonlyMap<string, number>>>;
  readonly #total: number;
  /** Shares that are done, by step and model: hold-out models and models may be trained side by side. */
  readonly #shares = { hold_out: new Map<string, number>(), training: new Map<string, number>() };
  #fraction = 0;

  /**
   * @param all - models, in the order in which they are trained
   * @param features - features of a row
   * @param listener - hears of it
   */
  constructor(all: readonly Work[], features: number, listener: ((progress: TrainingProgress) => void) | undefined) {
    this.#listener = listener;
    this.#units = new Map(all.map(({ key, model }) => [key, model.step ?? 'step']));
    const cost = (key: string, rows: number, model: Model) => estimateOf(key, model, rows, features)?.work ?? rows * features;
    const costs = (of: 'train' | 'rows') => new Map(all.map(({ key, model, set }) => [key, cost(key, set[of].to - set[of].from, model)]));
    this.#costs = { hold_out: costs('train'), training: costs('rows') };
    this.#total = [...this.#costs.hold_out.values(), ...this.#costs.training.values()].reduce((sum, one) => sum + one, 0);
  }

  /** Estimate of the whole training, in steps of about a nanosecond on one core. */
  get total(): number {
    return this.#total;
  }

  /** Tells that rows are made ready. */
  preparing(): void {
    hushed(this.#listener?.({ step: 'preparing', done: 0, of: 0, fraction: this.#fraction }));
  }

  /**
   * @param step - hold-out models on the earlier rows, or the models
   * @param key - the model
   * @param done - its steps done
   * @param of - its steps in all
   */
  report(step: 'hold_out' | 'training', key: string, done: number, of: number): void {
    const before = this.#shares[step].get(key) ?? 0;
    const share = of > 0 ? Math.min(1, Math.max(before, done / of)) : 1;
    this.#shares[step].set(key, share);
    // added up in the order of the total, so that all of it is 1
    let worked = 0;
    for (const one of ['hold_out', 'training'] as const)
      for (const [model, cost] of this.#costs[one]) worked += cost * (this.#shares[one].get(model) ?? 0);
    this.#fraction = Math.max(this.#fraction, worked / this.#total);
    hushed(this.#listener?.({ step, model: key, unit: this.#units.get(key) ?? 'step', done, of, fraction: this.#fraction }));
  }
}
