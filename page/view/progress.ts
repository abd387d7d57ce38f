/** How far a run is. */
import { element, fill, type Part } from '../dom';
import { count, counted, duration, percent } from '../format';
import type { RunView } from '../run-view';

const PHASES = { provisioning: 'Provisioning', processing: 'Processing', deprovisioning: 'Deprovisioning' };

/** Hidden after the end. */
export function progressBar(): Part<RunView> {
  const bar = element('progress', { 'aria-label': 'Objects that are done' });
  const text = element('p', { class: 'facts' });
  const waits = element('ul', { class: 'waits', 'aria-live': 'polite' });
  const whole = element('section', { 'aria-label': 'Progress', class: 'progress' }, bar, text, waits);
  return {
    element: whole,
    show({ progress, workersWanted }) {
      whole.hidden = progress === undefined;
      if (!progress) return;
      const { phase, total, done, workersRunning, secondsLeft } = progress;
      // Executions share the fleet.
      const wanted = workersWanted ?? workersRunning ?? 0;
      if (total > 0) {
        bar.max = total;
        bar.value = done;
      } else {
        bar.removeAttribute('value');
      }
      const facts = [
        PHASES[phase],
        total > 0 && `${count(done)} of ${counted(total, 'object')} (${percent(done / total)})`,
        workersRunning !== undefined &&
          `${count(Math.min(workersRunning, wanted))} of ${counted(wanted, 'worker')} running`,
        secondsLeft !== undefined && phase === 'processing' && `About ${duration(secondsLeft)} left`,
      ].filter((fact) => typeof fact === 'string');
      fill(text, ...facts.flatMap((fact) => [element('span', {}, fact), ' ']));
      const lines = progress.waits.map((wait) => element('li', {}, wait));
      waits.hidden = lines.length === 0;
      if (waits.innerText !== progress.waits.join('\n')) fill(waits, ...lines);
    },
  };
}
