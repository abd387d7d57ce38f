/** Limits the depth of an evaluation and the size of its values, through the library's own hooks. */
import type jsonata from 'jsonata';
import { MAX_DEPTH, MAX_VALUE_BYTES, MEMORY_EXCEEDED, STACK_EXCEEDED } from './limits';

/** Nodes that the library enters side by side, such as the elements of an array: the next one waits for its turn. */
interface Siblings {
  waiting: (() => void)[];
  next: number;
}

interface OpenNode {
  /** Nodes that are entered before are siblings of this node, not children. */
  begun: boolean;
  siblings: Siblings;
}

/**
 * The library's own `stack` option counts siblings as nested, so an object of a hundred members would be too deep for it. Here
 * siblings are evaluated one after the other, so the open nodes are exactly the nested ones.
 */
export class EvaluationLimits {
  private open: OpenNode[] = [];

  /** For one evaluation at a time. */
  reset(): void {
    this.open = [];
  }

  watch(expression: jsonata.Expression): void {
    const hook = (name: string, run: unknown) =>
      expression.assign(Symbol.for(`jsonata.__evaluate_${name}`) as unknown as string, run);
    hook('entry', () => this.enter());
    hook('exit', (_expression: unknown, _input: unknown, _environment: unknown, result: unknown) =>
      this.exit(result),
    );
  }

  private enter(): Promise<void> | undefined {
    const last = this.open.at(-1);
    if (last && !last.begun) return new Promise((resolve) => last.siblings.waiting.push(resolve));
    this.begin({ waiting: [], next: 0 });
    return undefined;
  }

  private begin(siblings: Siblings): void {
    if (this.open.length >= MAX_DEPTH) throw STACK_EXCEEDED;
    const node = { begun: false, siblings };
    this.open.push(node);
    // Siblings are all entered before the first microtask, and a node's children after its own.
    queueMicrotask(() => {
      node.begun = true;
    });
  }

  private exit(result: unknown): void {
    if (bytes(result) > MAX_VALUE_BYTES) throw MEMORY_EXCEEDED;
    const siblings = this.open.pop()?.siblings;
    const next = siblings?.waiting[siblings.next];
    if (!siblings || !next) return;
    siblings.next += 1;
    this.begin(siblings);
    next();
  }
}

function bytes(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return Array.isArray(value) ? value.length * 8 : 0;
}
