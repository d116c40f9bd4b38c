export { crashWorker, runCrashingProgram } from './crash-worker';
export { type ProfileStoreSuite, testProfileStore } from './profile-store-suite';
export type { StoreUnderTest, TestRunner } from './store-under-test';
