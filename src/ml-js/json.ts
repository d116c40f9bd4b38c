/** What `toJSON` of a tree of ml-cart writes of a node that is split: `row[splitColumn] < splitValue` goes left. */
export interface MlSplit {
  /** Position among the columns that the tree sees. */
  readonly splitColumn: number;
  /** Values below go left; others, and missing ones, right. */
  readonly splitValue: number;
  /** What the split gained, as ml-cart counts it; not needed to forecast. */
  readonly gain: number;
  /** The left child. */
  readonly left: MlNode;
  /** The right child. */
  readonly right: MlNode;
}

/** What `toJSON` of a tree of ml-cart writes of a leaf. */
export interface MlLeaf {
  /** The forecast; of a classifier the share of each class, as a matrix of one row. */
  readonly distribution: number | readonly (readonly number[])[];
}

/** A node of a tree of ml-cart. */
export type MlNode = MlSplit | MlLeaf;

/** What `DecisionTreeRegression.load` and `DecisionTreeClassifier.load` of ml-cart read. */
export interface MlTreeJson {
  /** Which of them. */
  readonly name: 'DTRegression' | 'DTClassifier';
  /** What it was trained with. */
  readonly options: Readonly<Record<string, string | number>>;
  /** The first node. */
  readonly root: MlNode;
}

/** The part that both forests of ml-random-forest have. */
export interface MlBaseJson {
  /** For each tree the columns that it sees. */
  readonly indexes: number[][];
  /** How many columns a tree sees. */
  readonly n: number;
  /** Whether a column may be seen twice. */
  readonly replacement: boolean;
  /** How many columns a tree sees. */
  readonly maxFeatures: number;
  /** Number of trees. */
  readonly nEstimators: number;
  /** What the trees were trained with. */
  readonly treeOptions: object;
  /** Whether they vote for classes. */
  readonly isClassifier: boolean;
  /** Seed of a training. */
  readonly seed: number;
  /** The trees. */
  readonly estimators: MlTreeJson[];
  /** Whether rows were drawn with replacement. */
  readonly useSampleBagging: boolean;
  /** Whether forecasts of rows that were not drawn are left out. */
  readonly noOOB: boolean;
}

/** What `RandomForestRegression.load` of ml-random-forest reads. */
export interface MlRegressionJson {
  /** Which forest. */
  readonly name: 'RFRegression';
  /** How trees are put together. */
  readonly selectionMethod: 'mean';
  /** The same under the name that the package's types have for it; its code does not read it. */
  readonly selectionMethos: 'mean';
  /** The trees. */
  readonly baseModel: MlBaseJson;
}

/** What `RandomForestClassifier.load` of ml-random-forest reads. */
export interface MlClassifierJson {
  /** Which forest. */
  readonly name: 'RFClassifier';
  /** The trees. */
  readonly baseModel: MlBaseJson;
}
