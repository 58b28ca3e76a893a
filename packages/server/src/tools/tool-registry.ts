import type { TrackId } from '@sluice/core/kernel/ids.ts';
import type { Result } from '@sluice/core/kernel/result.ts';
import type {
  HookFiringView,
  ToolCallStateView,
  ToolCallView,
  ToolImportReply,
  ToolImportRequest,
  ToolRequest,
  ToolView,
} from '@sluice/protocol/http/tools.ts';
import type { Problem } from '@sluice/protocol/http/views.ts';
import type { Page, PageRequest } from '../rollouts/control-plane.ts';

/** What people may do with tools. Refusals are values; failures of what lies behind are thrown. */
export interface ToolRegistry {
  /** Registers a version; the same one once more changes nothing, and another one of its name and version is refused. */
  add(request: ToolRequest): Promise<Result<ToolView, Problem>>;
  /** Registers the tools of an MCP server as they are now. */
  importAll(request: ToolImportRequest): Promise<Result<ToolImportReply, Problem>>;
  tools(page: PageRequest): Promise<Page<ToolView>>;
  tool(name: string, version: string): Promise<Result<ToolView, Problem>>;
  remove(name: string, version: string, by: string): Promise<Result<ToolView, Problem>>;
  /** Newest first. */
  calls(
    filter: {
      readonly task?: string | undefined;
      readonly track?: TrackId | undefined;
      readonly tool?: string | undefined;
      readonly state?: ToolCallStateView | undefined;
    },
    page: PageRequest,
  ): Promise<Page<ToolCallView>>;
  /** What hooks said, newest first. */
  firings(
    filter: { readonly task?: string | undefined; readonly track?: TrackId | undefined },
    page: PageRequest,
  ): Promise<Page<HookFiringView>>;
}
