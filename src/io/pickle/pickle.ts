import type { Refuse } from '../refuse.js';
import { checkGlobal, reduceGlobal, storageOf } from './pickle-globals.js';
import { isKind, PickleMachine } from './pickle-machine.js';
import type { PickleValue } from './pickle-values.js';

const MAX_OPERATIONS = 10_000_000;
const STOP = 0x2e;
/** INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1, EXT2, EXT4: opcodes whose only purpose is to make objects of foreign classes. */
const MAKES_OBJECTS: ReadonlySet<number> = new Set([0x69, 0x6f, 0x81, 0x92, 0x82, 0x83, 0x84]);

type Opcode = readonly [code: number, name: string, run: (machine: PickleMachine) => void];

/** Every opcode that is understood. The others (LONG4, DUP, PERSID, sets, buffers, text forms…) are left out. */
const OPCODES: readonly Opcode[] = [
  [0x80, 'PROTO', checkProtocol],
  [0x95, 'FRAME', (m) => void m.bytes(8)],
  [0x4e, 'NONE', (m) => m.push(null)],
  [0x88, 'NEWTRUE', (m) => m.push(true)],
  [0x89, 'NEWFALSE', (m) => m.push(false)],
  [0x4a, 'BININT', (m) => m.push(m.bytes(4).readInt32LE())],
  [0x4b, 'BININT1', (m) => m.push(m.uint8())],
  [0x4d, 'BININT2', (m) => m.push(m.uint16())],
  [0x8a, 'LONG1', (m) => m.push(m.long(m.uint8()))],
  [0x47, 'BINFLOAT', (m) => m.push(m.bytes(8).readDoubleBE())],
  [0x58, 'BINUNICODE', (m) => m.push(m.text(m.uint32()))],
  [0x8c, 'SHORT_BINUNICODE', (m) => m.push(m.text(m.uint8()))],
  [0x54, 'BINSTRING', (m) => m.push(m.text(m.uint32()))],
  [0x55, 'SHORT_BINSTRING', (m) => m.push(m.text(m.uint8()))],
  [0x42, 'BINBYTES', (m) => m.push(m.bytes(m.uint32()))],
  [0x43, 'SHORT_BINBYTES', (m) => m.push(m.bytes(m.uint8()))],
  [0x28, 'MARK', (m) => m.mark()],
  [0x5d, 'EMPTY_LIST', (m) => m.push({ kind: 'list', items: [] })],
  [0x7d, 'EMPTY_DICT', (m) => m.push({ kind: 'dict', entries: new Map() })],
  [0x29, 'EMPTY_TUPLE', (m) => m.push({ kind: 'tuple', items: [] })],
  [0x85, 'TUPLE1', (m) => m.push({ kind: 'tuple', items: m.popMany(1) })],
  [0x86, 'TUPLE2', (m) => m.push({ kind: 'tuple', items: m.popMany(2) })],
  [0x87, 'TUPLE3', (m) => m.push({ kind: 'tuple', items: m.popMany(3) })],
  [0x74, 'TUPLE', (m) => m.push({ kind: 'tuple', items: m.popMark() })],
  [0x61, 'APPEND', (m) => m.append(m.popMany(1))],
  [0x65, 'APPENDS', (m) => m.append(m.popMark())],
  [0x73, 'SETITEM', (m) => m.assign(m.popMany(2))],
  [0x75, 'SETITEMS', (m) => m.assign(m.popMark())],
  [0x71, 'BINPUT', (m) => m.remember(m.uint8())],
  [0x72, 'LONG_BINPUT', (m) => m.remember(m.uint32())],
  [0x94, 'MEMOIZE', (m) => m.remember(m.memoSize)],
  [0x68, 'BINGET', (m) => m.recall(m.uint8())],
  [0x6a, 'LONG_BINGET', (m) => m.recall(m.uint32())],
  [0x63, 'GLOBAL', (m) => m.push({ kind: 'global', name: checkGlobal(m.line(), m.line(), m.refuse) })],
  [0x93, 'STACK_GLOBAL', stackGlobal],
  [0x51, 'BINPERSID', (m) => m.push(storageOf(m.pop(), m.refuse))],
  [0x52, 'REDUCE', reduce],
  [0x62, 'BUILD', (m) => m.ignoreState()],
];

const BY_CODE = new Map(OPCODES.map(([code, , run]) => [code, run]));

function checkProtocol(m: PickleMachine): void {
  const protocol = m.uint8();
  if (protocol < 2 || protocol > 5)
    throw m.refuse('E_UNSUPPORTED', `its pickle has the protocol ${protocol}.`);
}

function stackGlobal(m: PickleMachine): void {
  const [module, name] = m.popMany(2);
  if (typeof name !== 'string' || typeof module !== 'string') throw m.broken('names a global by no text');
  m.push({ kind: 'global', name: checkGlobal(module, name, m.refuse) });
}

function reduce(m: PickleMachine): void {
  const [target, args] = m.popMany(2);
  if (!isKind(target, 'global') || !isKind(args, 'tuple')) throw m.broken('calls something that is no name');
  m.push(reduceGlobal(target.name, args.items, m.refuse));
}

/**
 * Refuses a pickle of the text protocols, 0 and 1, by what it asks for: torch never wrote those, people who teach how
 * pickles attack do. Other bytes pass.
 */
export function refuseOldPickle(bytes: Uint8Array, refuse: Refuse): void {
  if (bytes.at(-1) !== STOP || !/^[cdl(\]}]/.test(String.fromCharCode(bytes[0]!))) return;
  const text = Buffer.from(bytes.subarray(0, 1 << 16)).toString('latin1');
  const [, module, name] = /[ci]([A-Za-z_][\w.]{0,199})\n([A-Za-z_][\w.]{0,199})\n/.exec(text) ?? [];
  if (module === undefined || name === undefined) return;
  checkGlobal(module, name, refuse);
  throw refuse('E_UNSUPPORTED', 'it is a pickle of a protocol that torch does not write.');
}

/**
 * Interprets one pickle as a description of containers, numbers and tensors. Only the opcodes above and some forty
 * global names are known; any other is refused. No global is ever imported, looked up or called: a known name selects
 * a branch of `pickle-globals.ts` and nothing else.
 * @param start where the pickle begins in `bytes`
 * @returns the value, and the position behind the STOP opcode
 * @throws by `refuse` E_UNSAFE (global), E_UNSUPPORTED (opcode, protocol), E_TRUNCATED, E_FORMAT, E_TOO_LARGE
 */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  refuse: Refuse,
): { value: PickleValue; end: number } {
  const machine = new PickleMachine(bytes, start, refuse);
  for (let count = 0; count < MAX_OPERATIONS; count++) {
    const code = machine.uint8();
    if (code === STOP) return { value: machine.finish(), end: machine.position };
    const run = BY_CODE.get(code);
    if (run === undefined) {
      if (MAKES_OBJECTS.has(code)) {
        throw refuse('E_UNSAFE', 'its pickle makes objects of foreign classes. Nothing was executed.');
      }
      const hex = `0x${code.toString(16).padStart(2, '0')}`;
      throw refuse('E_UNSUPPORTED', `its pickle uses the opcode ${hex}, which no plain checkpoint needs.`);
    }
    run(machine);
  }
  throw refuse('E_TOO_LARGE', `its pickle has more than ${MAX_OPERATIONS} operations.`);
}
