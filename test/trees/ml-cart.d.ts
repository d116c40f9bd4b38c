// ml-cart ships no types; this is the part that the oracle tests use.
declare module 'ml-cart' {
  interface Options {
    minNumSamples?: number;
    maxDepth?: number;
    gainThreshold?: number;
  }
  interface Distribution {
    get(row: number, column: number): number;
    readonly columns: number;
  }
  export class DecisionTreeRegression {
    constructor(options?: Options);
    train(rows: number[][], target: number[]): void;
    predict(rows: number[][]): number[];
  }
  export class DecisionTreeClassifier {
    readonly root: { classify(row: number[]): Distribution };
    constructor(options?: Options);
    train(rows: number[][], target: number[]): void;
    predict(rows: number[][]): number[];
  }
}
