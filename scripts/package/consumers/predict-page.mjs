// Forecasts with nothing but `tickerforest/predict`: run by Node, and bundled for a browser.
import { loadModel, predict } from 'tickerforest/predict';

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const textOf = (values) => btoa(Array.from(new Uint8Array(values.buffer), (byte) => String.fromCharCode(byte)).join(''));

/** The bits of all forecasts, by model: row by row, and of all rows at once. */
export async function forecasts({ files, names, rows, columns }) {
  const matrix = { rows, names, columns: columns.map((column) => new Float32Array(bytesOf(column).buffer)) };
  const told = {};
  for (const [key, file] of Object.entries(files)) {
    const model = loadModel(bytesOf(file));
    const each = Float64Array.from({ length: rows }, (_, row) =>
      predict(
        model,
        Float32Array.from(matrix.columns, (column) => column[row]),
      ),
    );
    told[key] = [textOf(each), textOf(await model.predict(matrix))];
  }
  return told;
}

globalThis.forecasts = forecasts;
