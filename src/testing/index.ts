export { crashBarWorker } from './bar-crash-worker';
export { type BarStoreSuite, testBarStore } from './bar-store-suite';
export { crashWorker, runCrashingProgram } from './crash-worker';
export { type FeatureSuite, testFeature } from './feature-suite';
export { type ProfileStoreSuite, testProfileStore } from './profile-store-suite';
export type { Closable, StoreUnderTest, TestRunner } from './store-under-test';
