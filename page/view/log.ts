/** The workers' log lines, the newest at the end. */
import { element, fill } from '../dom';

const KEPT_LINES = 500;
/** Pixels from the end at which a reader still follows it. */
const NEAR_END = 40;

export interface LogView {
  element: HTMLElement;
  add(lines: string[]): void;
  clear(): void;
}

export function logView(): LogView {
  let lines: string[] = [];
  const filter = element('input', {
    type: 'search',
    placeholder: 'Filter',
    'aria-label': 'Filter the log lines',
  });
  const list = element('div', {
    class: 'log',
    tabindex: 0,
    role: 'log',
    'aria-live': 'off',
    'aria-label': 'Log lines',
  });
  const empty = element(
    'p',
    { class: 'empty' },
    'There are no log lines. The page shows the log of a run while the run goes on.',
  );
  const draw = () => {
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END;
    const wanted = filter.value.toLowerCase();
    const shown = lines.filter((line) => line.toLowerCase().includes(wanted));
    fill(list, ...shown.map((line) => element('div', { class: levelOf(line) }, line)));
    if (isAtEnd) list.scrollTop = list.scrollHeight;
    empty.hidden = lines.length > 0;
    list.hidden = filter.hidden = lines.length === 0;
  };
  filter.addEventListener('input', draw);
  draw();
  return {
    element: element('div', {}, filter, list, empty),
    add(more) {
      lines = [...lines, ...more].slice(-KEPT_LINES);
      draw();
    },
    clear() {
      lines = [];
      draw();
    },
  };
}

/** `10:00:00.123 error data/a.txt: …` */
const levelOf = (line: string) => /^\S+ (warn|error) /.exec(line)?.[1];
