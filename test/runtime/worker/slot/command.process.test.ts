/** A program as a processor, in a slot's own process. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { processesOfSlot } from '../../../../runtime/processes';
import { startServer, type TestServer } from '../../../local/services/s3/server';
import { until } from '../../../support/until';
import { serviceEnvironment } from '../../support/environment';
import { makeWorkerFolder, TestSlot, type WorkerFolder } from '../../support/worker-folder';

const IMPORT = `import { command } from '../../runtime/processor';`;

const PROCESSORS = {
  'once/index.ts': `${IMPORT} export default command(['python3', 'once.py'], { contentType: 'text/plain' });`,
  'stays/index.ts': `${IMPORT} export default command(['python3', 'stays.py'], { serve: true });`,
};

const PROGRAMS = {
  'once/once.py': `
import subprocess, sys
text = sys.stdin.read()
print('read', text, file=sys.stderr)
subprocess.Popen(['setsid', 'sleep', '1000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
if text == 'bad': sys.exit(65)
sys.stdout.write(text.upper() * (10_000_000 if text == 'large' else 1))
sys.stdout.flush()
if text == 'large': sys.exit(3)`,
  'stays/stays.py': `
import json, os, sys
for line in sys.stdin:
    request = json.loads(line)
    text = open(request['input']).read()
    if text == 'die': sys.exit('no more')
    print(json.dumps({'id': request['id'], 'outputs': [{'body': str(os.getpid())}]}))`,
};

describe('A program as a processor, in a slot', () => {
  let folder: WorkerFolder;
  let server: TestServer;
  let slot: TestSlot;
  before(async () => {
    folder = await makeWorkerFolder(PROCESSORS);
    for (const [path, text] of Object.entries(PROGRAMS))
      await writeFile(join(folder.folder, 'processors', path), text);
  });
  after(() => folder?.remove());
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    await slot.close();
    await server.close();
  });
  const start = async (processor: string, objects: Record<string, string>) => {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    slot = new TestSlot(folder, processor, serviceEnvironment(server.endpoint, credentials));
    for (const [Key, Body] of Object.entries(objects)) await server.put(Key, Body);
  };
  const others = () =>
    processesOfSlot(slot.child.pid as number, slot.slotId).filter(({ pid }) => pid !== slot.child.pid);

  it('reads and writes objects, and the processes that it started end with it', async () => {
    await start('once', { a: 'hello', b: 'bad', c: 'large' });
    expect(await slot.result('a')).to.include({ content: 'HELLO', bytes_out: 5 });
    expect(await server.text('processed/a')).to.equal('HELLO');
    expect(await slot.said('read hello')).to.include({ key: 'a', stream: 'stderr' });
    expect(await slot.failure('b')).to.include({ error: 'PermanentError', message: 'read bad' });
    expect((await slot.failure('c')).message).to.include('python3 exited with code 3: read large');
    expect(await server.text('processed/c').catch(({ name }) => name)).to.equal('NoSuchKey');
    expect(others()).to.deep.equal([]);
  });

  it('goes on from object to object, also if an object has started it again', async () => {
    await start('stays', { a: 'a', b: 'die', c: 'c', d: 'd' });
    const { content: first } = await slot.result('a');
    expect((await slot.failure('b')).message).to.include('python3 exited with code 1: no more');
    const { content: second } = await slot.result('c');
    expect(second).not.to.equal(first);
    expect(await slot.result('d')).to.include({ content: second });
    expect(others().map(({ pid }) => pid)).to.deep.equal([Number(second)]);
  });

  it('ends with its slot', async () => {
    await start('stays', { a: 'a' });
    await slot.result('a');
    slot.child.disconnect();
    await slot.ended;
    await until(() => others().length === 0, 'the program is gone');
  });
});
