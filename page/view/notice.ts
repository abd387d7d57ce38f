/** One line that shows a problem. */
import { element, type Part } from '../dom';

/** Hidden while there is none. */
export function notice(): Part<string | undefined> {
  const line = element('p', { class: 'notice', role: 'alert', hidden: true });
  return {
    element: line,
    show(text) {
      line.hidden = text === undefined;
      line.textContent = text ?? '';
    },
  };
}
