import { expect } from 'chai';
import { type Applied, apply, attributesOf } from '../synthesize';

describe('the image repository', () => {
  let stack: Applied;
  before(() => {
    stack = apply();
  });

  it('has immutable tags, scans pushed images, and is deleted with the stack', () => {
    expect(attributesOf(stack, 'aws_ecr_repository.worker')).to.deep.include({
      image_tag_mutability: 'IMMUTABLE',
      image_scanning_configuration: { scan_on_push: true },
      encryption_configuration: [{ encryption_type: 'AES256' }],
      force_delete: true,
    });
  });

  it('keeps the ten newest images for a rollback, and expires the rest', () => {
    const lifecycle = attributesOf(stack, 'aws_ecr_lifecycle_policy.worker');
    expect(lifecycle.repository).to.equal(attributesOf(stack, 'aws_ecr_repository.worker').name);
    const [rule, ...others] = JSON.parse(lifecycle.policy).rules;
    expect(others).to.deep.equal([]);
    expect(rule).to.deep.include({
      rulePriority: 1,
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 10 },
      action: { type: 'expire' },
    });
  });
});
