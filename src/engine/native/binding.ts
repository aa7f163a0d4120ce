import { EngineError } from '../../core/errors.js';
import { ATTR, type AttributeSetters, eagerSetters, type OpAttribute, setAttribute } from './attributes.js';
import type { CApi, Pointer } from './capi.js';
import { type Cluster, serverDef } from './cluster.js';
import { DataType } from './data-type.js';
import { allocateTensor, readTensor, type Values } from './values.js';

/** A tensor that lives in TensorFlow: its number in the binding, shape and DataType. */
export interface TensorMeta {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** Takes every op while a step is recorded, instead of its being computed (`trace.ts`). */
export interface Recorder {
  /** A tensor was made of numbers from JavaScript. */
  created(id: number): void;
  /** Outputs get their numbers from `newSymbol`. */
  execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    count: number,
  ): TensorMeta[];
  /** Throws if a value is not known yet. */
  reading(id: number): void;
}

const MAX_OUTPUTS = 4096;

/** How the TensorFlow context is made. */
export interface BindingOptions {
  /** A serialized ConfigProto: threads, devices. */
  readonly config?: Buffer;
  /** Exchanges tensors with these processes; `config` must say so too. */
  readonly cluster?: Cluster;
}

/**
 * libtensorflow's eager C API as the object that tfjs-node's kernels call (`executeOp`, `createTensor`, …).
 * Handles are owned here: every id must be given back through `deleteTensor`. Failures of TensorFlow become
 * `EngineError` and leave the binding usable.
 */
export class TensorFlowBinding {
  readonly TF_FLOAT = DataType.FLOAT;
  readonly TF_INT32 = DataType.INT32;
  readonly TF_INT64 = DataType.INT64;
  readonly TF_BOOL = DataType.BOOL;
  readonly TF_COMPLEX64 = DataType.COMPLEX64;
  readonly TF_STRING = DataType.STRING;
  readonly TF_RESOURCE = DataType.RESOURCE;
  readonly TF_UINT8 = DataType.UINT8;
  readonly TF_ATTR_STRING = ATTR.STRING;
  readonly TF_ATTR_INT = ATTR.INT;
  readonly TF_ATTR_FLOAT = ATTR.FLOAT;
  readonly TF_ATTR_BOOL = ATTR.BOOL;
  readonly TF_ATTR_TYPE = ATTR.TYPE;
  readonly TF_ATTR_SHAPE = ATTR.SHAPE;
  readonly TF_Version: string;
  readonly api: CApi;
  readonly context: Pointer;
  readonly cluster: Cluster | undefined;
  readonly devices: readonly { readonly name: string; readonly type: string }[];
  recorder: Recorder | undefined;

  readonly #c: CApi['functions'];
  readonly #status: Pointer;
  readonly #handles = new Map<number, Pointer>();
  readonly #symbols = new Set<number>();
  readonly #setters: AttributeSetters;
  readonly #names = new Map<string, Buffer>();
  readonly #outputs = new BigUint64Array(MAX_OUTPUTS);
  readonly #outputCount = new Int32Array(1);
  readonly #gpu: string | undefined;
  #next = 0;

  constructor(api: CApi, options: BindingOptions = {}) {
    this.api = api;
    this.#c = api.functions;
    this.TF_Version = this.#c.version() as string;
    this.#status = this.#c.newStatus();
    this.#setters = eagerSetters(this.#c, this.#status);
    const contextOptions = this.#c.newContextOptions();
    if (options.config) {
      this.#c.setConfig(contextOptions, options.config, options.config.length, this.#status);
      this.check('context options');
    }
    this.context = this.#c.newContext(contextOptions, this.#status);
    this.#c.deleteContextOptions(contextOptions);
    this.check('context');
    this.cluster = options.cluster;
    if (options.cluster) {
      // Before any tensor: it makes the devices of the context anew, with the names that peers know.
      const server = serverDef(options.cluster, options.config ?? Buffer.alloc(0));
      this.#c.enableCollectives(this.context, server, server.length, this.#status);
      this.check('the cluster');
    }
    this.devices = this.#listDevices();
    this.#gpu = this.devices.find((device) => device.type === 'GPU')?.name;
  }

  /** Throws EngineError if the last call with the shared status failed. */
  check(what: string, status: Pointer = this.#status): void {
    if (this.#c.code(status) === 0) return;
    const reason = String(this.#c.message(status)).trim();
    const missing = /(?:constraint on attr|No attr named) '(\w+)' (?:not )?in NodeDef/.exec(reason)?.[1];
    if (missing !== undefined) {
      throw new EngineError(
        'E_ATTRIBUTE',
        `Expected attribute ${missing} of ${what}, which TensorFlow does not infer here. ` +
          'Give every attribute of the op; with lists of inputs, the length N of each too.',
      );
    }
    throw new EngineError('E_TENSORFLOW', `TensorFlow refused ${what}: ${reason}`);
  }

  /** The status that synchronous calls share; asynchronous ones need their own. */
  get status(): Pointer {
    return this.#status;
  }

  isUsingGpuDevice(): boolean {
    return this.#gpu !== undefined;
  }

  getNumOfTensors(): number {
    return this.#handles.size + this.#symbols.size;
  }

  /** A number for a tensor that a recorder knows and that has no value; it too is given back by `deleteTensor`. */
  newSymbol(): number {
    this.#symbols.add(this.#next);
    return this.#next++;
  }

  createTensor(shape: readonly number[], dtype: number, values: Values): number {
    const tensor = allocateTensor(this.api, shape, dtype, values);
    let handle: Pointer = this.#c.newHandle(tensor, this.#status);
    this.#c.deleteTensor(tensor);
    this.check('a new tensor');
    // TensorFlow keeps int32 on the host even in GPU graphs: shapes and axes are read there.
    if (this.#gpu !== undefined && dtype !== DataType.INT32 && dtype !== DataType.STRING) {
      const copy: Pointer = this.#c.copyToDevice(handle, this.context, this.#gpu, this.#status);
      this.#c.deleteHandle(handle);
      this.check('a copy to the GPU');
      handle = copy;
    }
    const id = this.#keep(handle);
    this.recorder?.created(id);
    return id;
  }

  deleteTensor(id: number): void {
    if (this.#symbols.delete(id)) return;
    this.#c.deleteHandle(this.handle(id));
    this.#handles.delete(id);
  }

  tensorDataSync(id: number): Values {
    this.recorder?.reading(id);
    return this.tensorValues(id);
  }

  /** A copy of the values, whoever records. */
  tensorValues(id: number): Values {
    const handle = this.handle(id);
    const dtype = this.#c.handleType(handle) as number;
    const tensor: Pointer = this.#c.resolve(handle, this.#status);
    this.check('a read');
    try {
      return readTensor(this.api, tensor, dtype);
    } finally {
      this.#c.deleteTensor(tensor);
    }
  }

  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    count: number,
  ): TensorMeta[] {
    if (this.recorder) return this.recorder.execute(name, attributes, inputs, count);
    const op = this.#build(name, attributes, inputs);
    try {
      this.#outputCount[0] = count;
      this.#c.execute(op, this.#outputs, this.#outputCount, this.#status);
      this.check(`op ${name}`);
      return this.#collect(this.#outputs, this.#outputCount[0]!);
    } finally {
      this.#c.deleteOp(op);
    }
  }

  /** Like `executeOp` on a thread of its own: the event loop stays free. Inputs may be deleted meanwhile. */
  executeOpAsync(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    count: number,
  ): Promise<TensorMeta[]> {
    const op = this.#build(name, attributes, inputs);
    const outputs = new BigUint64Array(Math.max(1, count));
    const written = Int32Array.of(count);
    const status: Pointer = this.#c.newStatus();
    return new Promise((resolve, reject) => {
      this.#c.execute.async(op, outputs, written, status, (error: Error | null) => {
        this.#c.deleteOp(op);
        try {
          if (error) throw error;
          this.check(`function ${name}`, status);
          resolve(this.#collect(outputs, written[0]!));
        } catch (failure) {
          reject(failure);
        } finally {
          this.#c.deleteStatus(status);
        }
      });
    });
  }

  /** The foreign handle of a live tensor. */
  handle(id: number): Pointer {
    const handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    const problem = this.#symbols.has(id)
      ? 'was kept from the recording of a compiled step, where nothing is computed; return it from the step instead'
      : 'is disposed';
    throw new EngineError('E_TENSOR', `Expected a live tensor but ${id} ${problem}.`);
  }

  /** Shape and DataType of a live tensor. */
  describe(id: number): TensorMeta {
    return { id, ...this.#describe(this.handle(id)) };
  }

  #keep(handle: Pointer): number {
    this.#handles.set(this.#next, handle);
    return this.#next++;
  }

  #describe(handle: Pointer): { shape: number[]; dtype: number } {
    const rank = this.#c.handleRank(handle, this.#status) as number;
    this.check('a shape');
    const shape = Array.from({ length: rank }, (_, axis) =>
      Number(this.#c.handleDim(handle, axis, this.#status)),
    );
    return { shape, dtype: this.#c.handleType(handle) };
  }

  #collect(handles: BigUint64Array, count: number): TensorMeta[] {
    return Array.from({ length: count }, (_, index) => {
      const handle = handles[index]!;
      return { id: this.#keep(handle), ...this.#describe(handle) };
    });
  }

  #name(text: string): Buffer {
    let bytes = this.#names.get(text);
    if (!bytes) {
      bytes = Buffer.from(`${text}\0`);
      this.#names.set(text, bytes);
    }
    return bytes;
  }

  #build(name: string, attributes: readonly OpAttribute[], inputs: readonly number[]): Pointer {
    const op: Pointer = this.#c.newOp(this.context, this.#name(name), this.#status);
    this.check(`op ${name}`);
    try {
      for (const id of inputs) {
        this.#c.addInput(op, this.handle(id), this.#status);
        this.check(`an input of ${name}`);
      }
      for (const attribute of attributes) {
        setAttribute(this.#setters, op, name, attribute, this.#name(attribute.name));
        this.check(`${name}.${attribute.name}`);
      }
      return op;
    } catch (error) {
      this.#c.deleteOp(op);
      throw error;
    }
  }

  #listDevices(): { name: string; type: string }[] {
    const list: Pointer = this.#c.listDevices(this.context, this.#status);
    this.check('the list of devices');
    const count = this.#c.deviceCount(list) as number;
    const devices = Array.from({ length: count }, (_, index) => ({
      name: String(this.#c.deviceName(list, index, this.#status)),
      type: String(this.#c.deviceType(list, index, this.#status)),
    }));
    this.#c.deleteDeviceList(list);
    return devices;
  }
}
