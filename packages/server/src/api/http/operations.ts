import type { Operation } from '../api-instance.ts';
import { bindRole, listBindings, listMembers, removeMember, unbindRole } from './access/members.ts';
import { listNames } from './access/names.ts';
import { addProject, listProjects, placeApplication, removeProject } from './access/projects.ts';
import { loginOfCommandLine } from './access/cli-login.ts';
import { loginByProvider } from './access/provider-login.ts';
import { listRoles, putRole, removeRole } from './access/roles.ts';
import {
  closeSession,
  exchangeWorkload,
  openSession,
  readSignInMethods,
  redeemLogin,
} from './access/sessions.ts';
import { createToken, listTokens, revokeToken } from './access/tokens.ts';
import { createJoinToken, listJoinTokens, revokeJoinToken } from './access/join-tokens.ts';
import {
  joinWorker,
  listWorkerIdentities,
  renewWorker,
  revokeWorkerIdentity,
} from './access/worker-identities.ts';
import { listTrusts, putTrust, removeTrust } from './access/trusts.ts';
import { decideAccess, readCaller } from './access/who.ts';
import { appendMemory } from './append-memory.ts';
import { listApprovalRules, putApprovalRule, removeApprovalRule } from './approval-rules.ts';
import { breakGlass } from './break-glass.ts';
import { readErrorBudget } from './read-error-budget.ts';
import { declareFreeze, liftFreeze, listFreezes } from './freezes.ts';
import { voteOnTrack } from './vote-on-track.ts';
import { listWindows, putWindow, removeWindow } from './windows.ts';
import { addTool } from './add-tool.ts';
import { cancelTask } from './cancel-task.ts';
import { cancelWorkflow } from './cancel-workflow.ts';
import { scoreTask } from './score-task.ts';
import { commandTrack } from './command-track.ts';
import { createOrganisation } from './create-organisation.ts';
import { createPlan } from './create-plan.ts';
import { createPayload } from './create-payload.ts';
import { createRelease } from './create-release.ts';
import { deleteMemory } from './delete-memory.ts';
import { drainAgent } from './drain-agent.ts';
import { importTools } from './import-tools.ts';
import { listAgents } from './list-agents.ts';
import { exportAudit } from './export-audit.ts';
import { listHolds, placeHold, putRetention, readRetention, releaseHold } from './keep-audit.ts';
import { listAuditEntries, readAuditEntry } from './list-audit-entries.ts';
import { listAuditKeys, readAuditHead, rotateAuditKey } from './read-audit-head.ts';
import { proveConsistency, proveInclusion } from './prove-audit.ts';
import { readAuditReport, readDora } from './report-audit.ts';
import { listWitnesses, verifyAudit } from './verify-audit.ts';
import { listClusters } from './list-clusters.ts';
import { listHosts } from './list-hosts.ts';
import { listInstances } from './list-instances.ts';
import { listHookFirings } from './list-hook-firings.ts';
import { listLedger } from './list-ledger.ts';
import { listOrganisations } from './list-organisations.ts';
import { listPools } from './list-pools.ts';
import { listMemory } from './list-memory.ts';
import { listMemoryLines } from './list-memory-lines.ts';
import { listQueues } from './list-queues.ts';
import { listSchedules } from './list-schedules.ts';
import { listRegisteredAgents } from './list-registered-agents.ts';
import { listRolloutEvents } from './list-rollout-events.ts';
import { listRollouts } from './list-rollouts.ts';
import { listTaskEvents } from './list-task-events.ts';
import { listTasks } from './list-tasks.ts';
import { listToolCalls } from './list-tool-calls.ts';
import { listTools } from './list-tools.ts';
import { listTracks } from './list-tracks.ts';
import { listWorkflows } from './list-workflows.ts';
import { putSchedule } from './put-schedule.ts';
import { putMemory } from './put-memory.ts';
import { putCluster } from './put-cluster.ts';
import { readClusterHealth } from './read-cluster-health.ts';
import { readDocument } from './read-document.ts';
import { readExternalMetric } from './read-external-metric.ts';
import { readLiveness } from './read-liveness.ts';
import { readLogs } from './read-logs.ts';
import { readMemory } from './read-memory.ts';
import { readMetrics } from './read-metrics.ts';
import { readPayload } from './read-payload.ts';
import { readReadiness } from './read-readiness.ts';
import { readReport } from './read-report.ts';
import { readRollout } from './read-rollout.ts';
import { readRevision } from './read-revision.ts';
import { readRolloutSeries } from './read-rollout-series.ts';
import { readSchedule } from './read-schedule.ts';
import { readStartup } from './read-startup.ts';
import { readTask } from './read-task.ts';
import { readTool } from './read-tool.ts';
import { readTrack } from './read-track.ts';
import { readWorkflow } from './read-workflow.ts';
import { registerAgent } from './register-agent.ts';
import { removeAgent } from './remove-agent.ts';
import { listSecrets } from './list-secrets.ts';
import { removeSecret } from './remove-secret.ts';
import { rotateSecretsKey } from './rotate-secrets-key.ts';
import { setSecret } from './set-secret.ts';
import { addPolicies } from './add-policies.ts';
import { checkPolicies } from './check-policies.ts';
import { listChannels } from './list-channels.ts';
import { readChannel } from './read-channel.ts';
import { putChannel } from './put-channel.ts';
import { testChannel } from './test-channel.ts';
import { replayChannel } from './replay-channel.ts';
import { removeChannel } from './remove-channel.ts';
import { listSubscriptions } from './list-subscriptions.ts';
import { readSubscription } from './read-subscription.ts';
import { putSubscription } from './put-subscription.ts';
import { removeSubscription } from './remove-subscription.ts';
import { pressSlack } from './press-slack.ts';
import { listDeliveries } from './list-deliveries.ts';
import { readDelivery } from './read-delivery.ts';
import { replayDelivery } from './replay-delivery.ts';
import { listPolicies } from './list-policies.ts';
import { readPolicy } from './read-policy.ts';
import { removePolicy } from './remove-policy.ts';
import { tryPolicies } from './try-policies.ts';
import { removeCluster } from './remove-cluster.ts';
import { removeSchedule } from './remove-schedule.ts';
import { pauseSchedule, resumeSchedule } from './rest-schedule.ts';
import { removeTool } from './remove-tool.ts';
import { retryDeadTasks } from './retry-dead-tasks.ts';
import { retryTask } from './retry-task.ts';
import { rollBackTrack } from './roll-back-track.ts';
import { searchMemory } from './search-memory.ts';
import { streamEvents } from './stream-events.ts';
import { streamTask } from './stream-task.ts';
import { submitTasks } from './submit-tasks.ts';
import { submitWorkflow } from './submit-workflow.ts';
import { updateAgent } from './update-agent.ts';
import { validateFile } from './validate-file.ts';
import { verifyLedger } from './verify-ledger.ts';

/** Every operation of the API, in the order of the document; a new one is one file and one line here. */
export const OPERATIONS: readonly Operation[] = [
  createRelease,
  createPlan,
  validateFile,
  listTracks,
  readTrack,
  commandTrack,
  rollBackTrack,
  voteOnTrack,
  breakGlass,
  readRevision,
  readLogs,
  listInstances,
  listRollouts,
  readRollout,
  listRolloutEvents,
  readRolloutSeries,
  readReport,
  streamEvents,
  submitTasks,
  listTasks,
  readTask,
  listTaskEvents,
  streamTask,
  cancelTask,
  scoreTask,
  retryTask,
  retryDeadTasks,
  createPayload,
  readPayload,
  listMemory,
  searchMemory,
  readMemory,
  putMemory,
  deleteMemory,
  listMemoryLines,
  appendMemory,
  listQueues,
  listPools,
  readExternalMetric,
  listAgents,
  drainAgent,
  listRegisteredAgents,
  registerAgent,
  updateAgent,
  removeAgent,
  listSchedules,
  readSchedule,
  putSchedule,
  pauseSchedule,
  resumeSchedule,
  removeSchedule,
  submitWorkflow,
  listWorkflows,
  readWorkflow,
  cancelWorkflow,
  addTool,
  importTools,
  listTools,
  readTool,
  removeTool,
  listToolCalls,
  listHookFirings,
  readErrorBudget,
  listApprovalRules,
  putApprovalRule,
  removeApprovalRule,
  listFreezes,
  declareFreeze,
  liftFreeze,
  listWindows,
  putWindow,
  removeWindow,
  listLedger,
  verifyLedger,
  listAuditEntries,
  readAuditEntry,
  exportAudit,
  readAuditHead,
  listAuditKeys,
  rotateAuditKey,
  proveInclusion,
  proveConsistency,
  verifyAudit,
  listWitnesses,
  readAuditReport,
  listHolds,
  placeHold,
  releaseHold,
  readRetention,
  putRetention,
  readDora,
  listOrganisations,
  createOrganisation,
  listHosts,
  listClusters,
  readClusterHealth,
  putCluster,
  removeCluster,
  listChannels,
  readChannel,
  putChannel,
  testChannel,
  replayChannel,
  removeChannel,
  listSubscriptions,
  readSubscription,
  putSubscription,
  removeSubscription,
  listDeliveries,
  readDelivery,
  replayDelivery,
  pressSlack,
  listSecrets,
  setSecret,
  removeSecret,
  rotateSecretsKey,
  listPolicies,
  readPolicy,
  addPolicies,
  removePolicy,
  checkPolicies,
  tryPolicies,
  readCaller,
  decideAccess,
  createToken,
  listTokens,
  revokeToken,
  createJoinToken,
  listJoinTokens,
  revokeJoinToken,
  joinWorker,
  renewWorker,
  listWorkerIdentities,
  revokeWorkerIdentity,
  listNames,
  listMembers,
  removeMember,
  listBindings,
  bindRole,
  unbindRole,
  listRoles,
  putRole,
  removeRole,
  listProjects,
  addProject,
  removeProject,
  placeApplication,
  listTrusts,
  putTrust,
  removeTrust,
  readSignInMethods,
  loginByProvider,
  openSession,
  closeSession,
  loginOfCommandLine,
  redeemLogin,
  exchangeWorkload,
  readLiveness,
  readReadiness,
  readStartup,
  readMetrics,
  readDocument,
];
