// A trained model as an ONNX file, run by onnxruntime-web: the same forecasts, without this library.
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { gradientBoostingRegressor, MLModelTrainer, prepareDataset, randomForestClassifier, sampleBars } from 'tickerforest';
import { toOnnx } from 'tickerforest/onnx';

const dataset = await prepareDataset({ source: sampleBars() });
const trainer = new MLModelTrainer({ models: { boosting: gradientBoostingRegressor(), up: randomForestClassifier({ trees: 20 }) } });
const { models } = await trainer.train(dataset);

// rows one after the other; NaN is a missing value
const { rows, columns } = dataset.matrix;
const values = new Float32Array(rows * columns.length);
for (const [at, column] of columns.entries()) for (let row = 0; row < rows; row++) values[row * columns.length + at] = column[row];
const features = new Tensor('float32', values, [rows, columns.length]);

for (const [name, model] of Object.entries(models)) {
  const file = toOnnx(model);
  const session = await InferenceSession.create(file);
  const { forecast } = await session.run({ features });
  const ours = await model.predict(dataset);
  const apart = ours.map((one, row) => Math.abs(one - Number(forecast.data[row])));
  console.log(`${name}: ${file.length} bytes, ${rows} rows, at most ${Math.max(...apart)} apart`);
}
