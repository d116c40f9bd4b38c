// The hot loops of the tree engine. Every function takes byte addresses and row ranges into the imported, shared memory
// and keeps no state of its own, so any number of threads may run them on disjoint outputs.
// Each has its naive twin in ../reference.ts; test/kernels compares the two to the bit.
export { binColumn, transposeBins } from './binning';
export { clear, drawBelow, drawSubset, drawWithReplacement, seedStream } from './sampling';
export { absoluteSum, packRows, sumPacked, totalWeight } from './packing';
export { addHistogram, histogramAll, histogramDrawn, subtractHistogram } from './histogram';
export { copyRows } from './copying';
export { bestSplit } from './splitting';
export { randomSplit } from './random-splitting';
export { countLeft, divideRows, partitionRows } from './partition';
export { addToRows, isConstant, leafMean } from './leaves';
export { logisticResiduals, newtonStep } from './logistic';
export { addTree } from './prediction';
