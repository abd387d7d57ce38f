import { expect } from 'chai';
import { defineProcessor, z } from '../../../../runtime/processor';
import { hashEnvironment, hashParameters } from '../../../../runtime/provenance';
import { configureProcessor } from '../../../../runtime/worker/slot/configured-processor';
import { failure } from '../../../support/failure';

describe('a processor with parameters', () => {
  const configure = (given: object, environment = {}, parameters?: z.ZodObject) => {
    const { definition, parametersSchema } = defineProcessor({ parameters, process: () => [] });
    const loaded = { name: 'thumbnail', folder: '/p', definition, parametersSchema, version: '1' };
    return configureProcessor(loaded, given as never, environment);
  };
  const parameters = z.object({
    width: z.number().default(256),
    name: z
      .string()
      .refine(async (name) => name !== 'no')
      .optional(),
  });

  it('has the defaults, and the same hash as if an execution gives them', async () => {
    const configured = await configure({}, {}, parameters);
    expect(configured).to.deep.include({ name: 'thumbnail', version: '1', parameters: { width: 256 } });
    const hash = hashParameters({ width: 256 });
    expect(configured.parametersHash).to.equal(hash);
    expect((await configure({ width: 256 }, {}, parameters)).parametersHash).to.equal(hash);
    expect((await configure({ width: 1 }, {}, parameters)).parametersHash).to.not.equal(hash);
  });

  it('may have no parameters', async () => {
    expect(await configure({})).to.deep.include({ parameters: {}, parametersHash: hashParameters({}) });
  });

  it('hashes only the variables that the deployment gives it', async () => {
    const environment = { PROCESSOR_VARIABLES: 'URL,MODE', URL: 'https://a', OTHER: 'x' };
    const { environmentHash } = await configure({}, environment);
    expect(environmentHash).to.equal(hashEnvironment({ URL: 'https://a' }, ['URL', 'MODE']));
    for (const none of [{}, { PROCESSOR_VARIABLES: '', URL: 'https://a' }])
      expect(await configure({}, none)).to.include({ environmentHash: '' });
  });

  const wrong: [object, RegExp][] = [
    [{ width: 'wide' }, /^the parameters of thumbnail do not fit: width: /],
    [{ height: 1 }, /^the parameters of thumbnail do not fit: .*height/],
    [{ name: 'no' }, /^the parameters of thumbnail do not fit: name: /],
  ];
  for (const [given, message] of wrong) {
    it(`refuses ${JSON.stringify(given)}`, async () => {
      const error = await failure(configure(given, {}, parameters));
      expect(error).to.include({ name: 'InvalidParameters' });
      expect(error.message).to.match(message);
    });
  }
});
