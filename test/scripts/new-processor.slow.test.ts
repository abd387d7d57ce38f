import { expect } from 'chai';
import { Workplace } from '../support/script';

describe('scripts/new-processor.ts', () => {
  let workplace: Workplace;

  before(async () => {
    workplace = await Workplace.create();
  });
  after(() => workplace.remove());

  it('--help lists options, exit codes and examples', async () => {
    const { code, stdout } = await workplace.run('new-processor.ts', ['--help']);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/--python/)
      .and.match(/--from <example>/)
      .and.match(/Exit codes: /)
      .and.match(/Examples:/);
  });

  for (const [args, message] of [
    [[], /missing required argument 'name'/],
    [['Résumé'], /^"Résumé" cannot be the name of a processor/],
    [['checksum'], /^processors\/checksum exists already/],
    [['a', '--perl'], /unknown option '--perl'/],
    [['a', '--from', 'pdf'], /^There is no example pdf: examples\/ has audio-preview, csv-to-parquet, /],
    [['Résumé', '--from', 'pdf-text'], /^"Résumé" cannot be the name of a processor/],
    [['checksum', '--from', 'pdf-text'], /^processors\/checksum exists already/],
    [['a', '--from', 'pdf-text', '--python'], /'--from <example>' cannot be used with option '--python'/],
  ] as const)
    it(`answers ${JSON.stringify(args)} with one line and exit code 2`, async () => {
      const { code, stdout, stderr } = await workplace.answer('new-processor.ts', [...args]);
      expect([code, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(message);
      expect(stderr.trim().split('\n')).to.have.length(1);
    });
});
