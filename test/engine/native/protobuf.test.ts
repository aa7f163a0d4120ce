import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configProto } from '../../../src/engine/native/config.js';
import { bytesField, embeddedFields, varint, varintField } from '../../../src/engine/native/protobuf.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('varints as the protocol-buffers documentation spells them', () => {
  expect(hex(varint(1))).toBe('01');
  expect(hex(varint(150))).toBe('9601');
  expect(hex(varint(-2))).toBe('feffffffffffffffff01');
  expect(hex(varintField(1, 150))).toBe('089601');
  expect(hex(bytesField(2, 'testing'))).toBe('120774657374696e67');
});

test('embedded fields are read back, other wire types skipped', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.uint8Array({ maxLength: 300 }))),
      (fields) => {
        const message = Buffer.concat(
          fields.flatMap(([number, value]) => [bytesField(number, value), varintField(9, 300)]),
        );
        const read = [...embeddedFields(message)].map(([number, value]) => [number, [...value]]);
        expect(read).toEqual(fields.map(([number, value]) => [number, [...value]]));
      },
    ),
  );
});

test('a message that ends inside a number is refused', () => {
  expect(() => [...embeddedFields(Uint8Array.of(0x80))]).toThrow(/ends in a number/);
});

test('threads and devices of a context', () => {
  expect(hex(configProto({ threads: 2, gpu: false }))).toBe('0a070a034750551000' + '1002' + '2802');
  expect(hex(configProto({}))).toBe('32022001');
});
