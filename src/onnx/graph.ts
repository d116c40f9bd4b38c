import { Message } from './protobuf';

// Numbers of fields and kinds: onnx.proto of ONNX 1.16 (https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto).
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_STRING = 3;
const ATTRIBUTE_TENSOR = 4;
const ATTRIBUTE_INTS = 7;
const ATTRIBUTE_STRINGS = 8;
const FLOAT = 1;
const UINT8 = 2;

/** Number of the type double. */
export const DOUBLE = 11;

/** Operators of machine learning have their own names and versions. */
export const ML = 'ai.onnx.ml';

/** A value of an attribute: a whole number, a text, many of them, or a tensor of one dimension. */
export type Attribute = number | string | Uint32Array | readonly string[] | Float64Array | Uint8Array;

/** A file as it is put together. */
export interface Contents {
  /** Version of the format. */
  readonly irVersion: number;
  /** Versions of the operators, by domain; '' is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  /** The operators, each after those whose output it takes. */
  readonly nodes: readonly Message[];
  /** Constants. */
  readonly constants: readonly Message[];
  /** Name of the input: single-precision numbers, rows x columns. */
  readonly input: { readonly name: string; readonly columns: number };
  /** Name of the output: one double a row. */
  readonly output: string;
  /** What is known of the model, by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * @param operator - its name
 * @param inputs - names of what it takes
 * @param output - name of what it makes
 * @param attributes - by name
 * @param domain - {@link ML}, or '' for a standard operator
 * @returns an operator
 */
export function node(
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, Attribute>> = {},
  domain = '',
): Message {
  const message = new Message().text(2, output).text(3, output).text(4, operator).text(7, domain);
  for (const input of inputs) message.text(1, input);
  return message.message(5, ...Object.entries(attributes).map(([name, value]) => attribute(name, value)));
}

function attribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, ATTRIBUTE_INT);
  if (typeof value === 'string') return message.text(4, value).int(20, ATTRIBUTE_STRING);
  if (value instanceof Uint32Array) return message.ints(8, value).int(20, ATTRIBUTE_INTS);
  if (value instanceof Float64Array || value instanceof Uint8Array)
    return message.message(5, tensor(name, value)).int(20, ATTRIBUTE_TENSOR);
  for (const one of value) message.text(9, one);
  return message.int(20, ATTRIBUTE_STRINGS);
}

/**
 * @param name - its name
 * @param values - its numbers, in one dimension
 * @returns a tensor
 */
export function tensor(name: string, values: Float64Array | Uint8Array): Message {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Uint8Array) bytes.set(values);
  else for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, true);
  return new Message()
    .ints(1, [values.length])
    .int(2, values instanceof Uint8Array ? UINT8 : DOUBLE)
    .text(8, name)
    .bytes(9, bytes);
}

/**
 * @param contents - what is in it
 * @returns the bytes of an ONNX file
 */
export function encodeModel({ irVersion, opsets, nodes, constants, input, output, metadata }: Contents): Uint8Array {
  const rows = new Message().text(2, 'rows');
  const width = (columns: number) => new Message().int(1, columns);
  const graph = new Message()
    .message(1, ...nodes)
    .text(2, 'tickerforest')
    .message(5, ...constants)
    .message(11, value(input.name, FLOAT, [rows, width(input.columns)]))
    .message(12, value(output, DOUBLE, [rows, width(1)]));
  return new Message()
    .int(1, irVersion)
    .text(2, 'tickerforest')
    .message(7, graph)
    .message(8, ...Object.entries(opsets).map(([domain, version]) => new Message().text(1, domain).int(2, version)))
    .message(14, ...Object.entries(metadata).map(([key, text]) => new Message().text(1, key).text(2, text)))
    .encode();
}

function value(name: string, type: number, dimensions: readonly Message[]): Message {
  const shape = new Message().message(1, ...dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, new Message().int(1, type).message(2, shape)));
}
