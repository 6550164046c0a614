// Calls to the control API. Each resolves to the decoded answer, or throws with the simulator's words.
async function call(method, path, data, signal) {
  const options = { method, signal, headers: data === undefined ? {} : { "Content-Type": "application/json" } };
  if (data !== undefined) options.body = JSON.stringify(data);
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error || response.statusText), { status: response.status });
  return answer;
}

// Bytes as they are; fetch can't tell how many have gone yet.
function upload(fields, file, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/sim/media?${new URLSearchParams(fields)}`);
    request.responseType = "json";
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded));
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response);
      else reject(new Error(request.response?.error || request.statusText));
    });
    request.addEventListener("error", () => reject(new Error("network")));
    request.addEventListener("abort", () => reject(new Error("cancelled")));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

// Where somebody writes: in a chat with the account, or in a group.
const place = ({ channelId, groupId }) => ({ channel_id: channelId, ...(groupId ? { group_id: groupId } : {}) });
const user = (userId, verb) => `/sim/users/${encodeURIComponent(userId)}/${verb}`;

export const wire = {
  channels: () => call("GET", "/sim/channels").then((answer) => answer.channels),
  makeChannel: (fields) => call("POST", "/sim/channels", fields),
  changeChannel: (channelId, fields) => call("PATCH", `/sim/channels/${encodeURIComponent(channelId)}`, fields),
  users: (channelId) => call("GET", `/sim/users?channel_id=${encodeURIComponent(channelId)}`).then((answer) => answer.users),
  addUser: (fields) => call("POST", "/sim/users", fields),
  chat: (channelId, userId, since, signal) => {
    const query = new URLSearchParams({ channel_id: channelId, ...(since === null ? {} : { since, wait: 20 }) });
    return call("GET", `${user(userId, "chat")}?${query}`, undefined, signal);
  },
  groups: (channelId) => call("GET", `/sim/groups?channel_id=${encodeURIComponent(channelId)}`).then((answer) => answer.groups),
  makeGroup: (fields) => call("POST", "/sim/groups", fields),
  send: (where, message) => call("POST", user(where.userId, "send"), { ...place(where), message }),
  sendSet: (where, mediaIds) => call("POST", user(where.userId, "send_set"), { ...place(where), media_ids: mediaIds }),
  postback: (where, fields) => call("POST", user(where.userId, "postback"), { ...place(where), ...fields }),
  upload,
  unsend: (where, messageId) => call("POST", user(where.userId, "unsend"), { ...place(where), message_id: messageId }),
  block: (channelId, userId) => call("POST", user(userId, "block"), { channel_id: channelId }),
  unblock: (channelId, userId) => call("POST", user(userId, "unblock"), { channel_id: channelId }),
  faults: () => call("GET", "/sim/faults").then((answer) => answer.faults),
  addFault: (fields) => call("POST", "/sim/faults", fields),
  removeFault: (faultId) => call("DELETE", `/sim/faults/${faultId}`),
  clearFaults: () => call("DELETE", "/sim/faults"),
};
