/** The script of the page that the server of live runs serves. */
import './style.css';
import { liveRun } from './view/live-run';
import { runList } from './view/run-list';

const [, name] = /^\/runs\/([^/]+)$/.exec(location.pathname) ?? [];
document
  .getElementById('page')
  ?.replaceChildren(name === undefined ? runList() : liveRun(decodeURIComponent(name)));
