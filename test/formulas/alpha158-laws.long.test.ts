import { describe, it } from 'vitest';
import { alpha158 } from '../../src/formulas/alpha158';
import { testFeature } from '../../src/testing/feature-suite';

testFeature({ feature: alpha158(), runner: { describe, it }, length: 200 });
