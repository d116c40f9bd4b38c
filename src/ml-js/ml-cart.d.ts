// ml-cart ships no types; this is the part that is used here.
declare module 'ml-cart' {
  interface Options {
    /** Largest node that is not split. */
    minNumSamples?: number;
    maxDepth?: number;
    /** Least gain of a split, which must be more. */
    gainThreshold?: number;
  }
  interface Distribution {
    get(row: number, column: number): number;
    readonly columns: number;
  }
  interface Root {
    classify(row: number[]): Distribution;
  }
  export class DecisionTreeRegression {
    static load(model: object): DecisionTreeRegression;
    constructor(options?: Options);
    train(rows: number[][], target: number[]): void;
    predict(rows: number[][]): number[];
    toJSON(): object;
  }
  export class DecisionTreeClassifier {
    static load(model: object): DecisionTreeClassifier;
    readonly root: Root;
    constructor(options?: Options);
    train(rows: number[][], target: number[]): void;
    predict(rows: number[][]): number[];
    toJSON(): object;
  }
}
