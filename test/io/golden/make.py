"""Makes the fixtures of this folder with the formats' own libraries: python make.py (needs torch, numpy, safetensors)."""
import collections, json
import numpy as np
import torch
from safetensors.torch import save_file

torch.manual_seed(0)
expected = {}


def describe(tensor):
    flat = tensor.detach().contiguous().view(-1)
    data = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b''
    return {'shape': list(tensor.shape), 'hex': data.hex()}


def save(name, content, tensors, **options):
    torch.save(content, name, **options)
    expected[name] = {key: describe(value) for key, value in tensors.items()}


plain = collections.OrderedDict(
    w=torch.randn(2, 3, 3), b=torch.arange(4.0), half=torch.randn(5).half(), brain=torch.randn(3).bfloat16(),
    double=torch.randn(2).double(), i64=torch.tensor([1, -2, 2**40]), i32=torch.tensor([-7], dtype=torch.int32),
    i16=torch.tensor([-7], dtype=torch.int16), i8=torch.tensor([-7], dtype=torch.int8),
    u8=torch.tensor([255], dtype=torch.uint8), flag=torch.tensor([True, False]), scalar=torch.tensor(2.5),
    empty=torch.zeros(0, 3))
big = torch.randn(4, 5, 3)
views = {'turned': big.permute(2, 0, 1), 'sliced': big[1:4:2, :, 1:3], 'repeated': torch.randn(3, 1).expand(3, 4),
         'last': torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last), 'part': big.view(-1)[7:19]}
module = torch.nn.Sequential(torch.nn.Conv2d(2, 2, 3), torch.nn.BatchNorm2d(2))
optimizer = torch.optim.Adam(module.parameters())
module(torch.randn(2, 2, 4, 4)).sum().backward()
optimizer.step()
checkpoint = {'epoch': 3, 'state_dict': module.state_dict(), 'optimizer': optimizer.state_dict(), 'best': 0.5}
parameters = {'p': torch.nn.Parameter(torch.randn(3, 2))}
for form, zipped in (('zip', True), ('legacy', False)):
    save(f'plain_{form}.pth', plain, plain, _use_new_zipfile_serialization=zipped)
    save(f'views_{form}.pth', views, views, _use_new_zipfile_serialization=zipped)
    save(f'checkpoint_{form}.pth', checkpoint, module.state_dict(), _use_new_zipfile_serialization=zipped)
save('protocol4.pth', plain, plain, pickle_protocol=4, _use_new_zipfile_serialization=False)
save('parameters.pth', parameters, parameters)
save_file(dict(plain), 'plain.safetensors', {'format': 'pt'})
expected['plain.safetensors'] = expected['plain_zip.pth']

arrays = {'f4': np.arange(6, dtype='<f4').reshape(2, 3), 'f8_big': np.arange(6, dtype='>f8').reshape(2, 3) / 7,
          'fortran': np.asfortranarray(np.arange(24, dtype='f4').reshape(2, 3, 4)), 'scalar': np.float32(3),
          'flag': np.array([True, False]), 'empty': np.zeros((0, 3), 'f2'), 'u8': np.arange(3, dtype='u8'), 'i1': np.ones(7, 'i1')}
np.savez_compressed('arrays.npz', **arrays)
expected['arrays.npz'] = {
    key: {'shape': list(np.shape(value)),
          'hex': np.ascontiguousarray(value).astype(np.asarray(value).dtype.newbyteorder('<')).tobytes().hex()}
    for key, value in arrays.items()}
np.save('f4.npy', arrays['f4'])
with open('expected.json', 'w') as file:
    json.dump(expected, file, indent=1)
