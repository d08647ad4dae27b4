/** The pages and their addresses. */
import type { ComponentType } from 'react';
import { CoveragePage } from './telemetry/coverage.js';
import { ExplorePage } from './explore/explore.js';
import { InsightsPage } from './insights/insights.js';
import { OutcomesPage } from './outcomes/outcomes.js';
import { LimitsPage } from './overview/limits-page.js';
import { Overview } from './overview/overview.js';
import { RulesPage } from './rules/rules.js';
import { SessionsPage } from './sessions/sessions.js';
import { AgentsPage } from './usage/agents.js';
import { SkillsPage } from './usage/skills.js';
import { TasksPage } from './usage/tasks.js';
import { ToolsPage } from './usage/tools.js';

/** The pages of the navigation, in its order. */
export const pages: readonly { path: string; title: string; Page: ComponentType }[] = [
  { path: '/', title: 'Overview', Page: Overview },
  { path: '/explore', title: 'Explore', Page: ExplorePage },
  { path: '/sessions', title: 'Sessions', Page: SessionsPage },
  { path: '/agents', title: 'Agents', Page: AgentsPage },
  { path: '/skills', title: 'Skills', Page: SkillsPage },
  { path: '/tools', title: 'Tools', Page: ToolsPage },
  { path: '/tasks', title: 'Tasks', Page: TasksPage },
  { path: '/outcomes', title: 'Outcomes', Page: OutcomesPage },
  { path: '/insights', title: 'Insights', Page: InsightsPage },
  { path: '/limits', title: 'Limits', Page: LimitsPage },
  { path: '/alerts', title: 'Alerts', Page: RulesPage },
  { path: '/coverage', title: 'Coverage', Page: CoveragePage },
];
