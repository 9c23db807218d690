import type { Entry } from './chat-state';
import type { OurActivity } from './protocol';

/** What is drawn of an activity in the conversation's course; nothing of one that is shown elsewhere, or unknown. */
export function cardOf(key: string, activity: OurActivity): Entry[] {
  switch (activity.activityType) {
    case 'order':
      return [{ kind: 'order', key, order: activity.content.order }];
    case 'orders':
      return [{ kind: 'orders', key, list: activity.content }];
    case 'action': {
      const { content: action } = activity;
      const state = action.state ?? 'open';
      return [{ kind: 'action', key, action, state, asked: null, refused: false }];
    }
    default:
      return [];
  }
}
