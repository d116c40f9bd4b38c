import type { OnnxOptions } from '../onnx/to-onnx';
import { oneOf } from './checks';
import type { Descriptions } from './description';

/** `toOnnx`. */
export const TO_ONNX = {
  operator: {
    takes: oneOf('TreeEnsemble', 'TreeEnsembleRegressor'),
    default: 'TreeEnsemble',
    sentence: 'Operator that holds the trees.',
  },
} as const satisfies Descriptions<OnnxOptions>;
