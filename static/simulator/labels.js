// The page's words. A language that is missing a word falls back to English.
const WORDS = {
  en: {
    skip: "Go to the message field", title: "LINE simulator", account: "Account", customers: "Customers", name: "Name", language: "Language",
    noAccount: "No account yet. Make one below, or connect one to this simulator.", noCustomer: "No customer yet. Add one below.",
    newCustomer: "New customer", addFriend: "Add the account as a friend", newAccount: "Accounts and webhook",
    consoleHint: "Stands in for LINE's own console: gives what the account wizard asks for.", makeAccount: "Make an account",
    channelId: "Channel ID", channelSecret: "Channel secret", accessToken: "Channel access token", copy: "Copy", copied: "Copied",
    webhookUrl: "Webhook URL of the chosen account", redelivery: "Webhook redelivery", save: "Save", saved: "Saved",
    device: "Device", phone: "Phone", desktop: "Desktop", web: "Web", back: "Customers", messages: "Messages", message: "Message",
    location: "Send a location", send: "Send", sticker: "Sticker", picture: "Picture", video: "Video", audio: "Audio", file: "File",
    free: "reply · free", counted: "push · counted", freeHint: "Sent with a reply token: free of charge", countedHint: "Sent as a push message: counted by LINE",
    unsend: "Unsend", unsendTitle: "Unsend this message?", unsendText: "It disappears from this chat on every device.", cancel: "Cancel",
    unsent: "You unsent a message", block: "Block", unblock: "Unblock", blocked: "You have blocked this account. It cannot reach you.",
    asCustomer: "as {name}", choose: "Choose a customer, or add one.", lost: "The simulator does not answer. Trying again …",
    notTaken: "webhook: {reason}", refused: "Not sent: {reason}", empty: "No messages yet. Write the first one.",
    trouble: "Trouble at LINE", troubleHint: "What LINE's endpoints do from now on, instead of what they should.", endpoint: "Endpoint",
    everything: "everything", kind: "What happens", kindStatus: "Answers with a status", kindTimeout: "Never answers",
    kindAccept: "Accepts, then never answers", kindReset: "Drops the connection", kindCut: "Breaks off in the middle", status: "Status", times: "Times", always: "always",
    addFault: "Make trouble", clearFaults: "End all trouble", remove: "Remove", today: "Today", place: "Koharu Store, Tokyo Station",
    hello: "Hello", thanks: "Thank you", ok: "OK", sorry: "Sorry", happy: "Happy", sad: "Sad", love: "Love", question: "Question",
    attach: "Attach", photo: "Photos", voice: "Voice message", locationShort: "Location", mention: "Mention the account",
    mentionShort: "Mention", stickers: "Stickers and emoji", stickerTab: "Stickers", emojiTab: "Emoji", dropHere: "Drop here to send",
    messageMenu: "Actions", reply: "Reply", cancelReply: "Do not reply to this message", you: "You", quoteGone: "The message is not available",
    photos: "{count} photos", ofSet: "Picture {index} of {total}", retry: "Try again", tooLarge: "A file may have 220 MB at most.",
    play: "Play", pause: "Pause", broken_picture: "Picture cannot be shown", broken_video: "Video cannot be played",
    broken_audio: "Sound cannot be played", emoji: "Emoji", emoji_smile: "Smile", emoji_laugh: "Laughing", emoji_hearteyes: "In love",
    emoji_cry: "Crying", emoji_angry: "Angry", emoji_surprised: "Surprised", emoji_heart: "Heart", emoji_thumbsup: "Thumbs up",
    emoji_star: "Star", emoji_sparkles: "Sparkles",
    newGroup: "New group", makeGroup: "Make a group with the account", members: "Members", room: "Room", speaker: "Who writes",
    read: "Read", edited: "edited", loading: "The account is writing", pickTime: "Choose a time", kindRate: "Too many requests",
    kindMonth: "Monthly quota used up",
  },
  ja: {
    skip: "メッセージ入力欄へ", title: "LINE シミュレーター", account: "アカウント", customers: "お客様", name: "名前", language: "言語",
    noAccount: "アカウントがまだありません。下で作るか、このシミュレーターに接続してください。", noCustomer: "お客様がまだいません。下で追加してください。",
    newCustomer: "新しいお客様", addFriend: "友だち追加する", newAccount: "アカウントと Webhook",
    consoleHint: "LINE の管理画面の代わりです。アカウント登録に必要な値を発行します。", makeAccount: "アカウントを作る",
    channelId: "チャネルID", channelSecret: "チャネルシークレット", accessToken: "チャネルアクセストークン", copy: "コピー", copied: "コピーしました",
    webhookUrl: "選択中のアカウントの Webhook URL", redelivery: "Webhook の再送", save: "保存", saved: "保存しました",
    device: "端末", phone: "スマホ", desktop: "パソコン", web: "ウェブ", back: "お客様一覧", messages: "メッセージ", message: "メッセージを入力",
    location: "位置情報を送る", send: "送信", sticker: "スタンプ", picture: "画像", video: "動画", audio: "音声", file: "ファイル",
    free: "応答・無料", counted: "プッシュ・計数", freeHint: "応答トークンで送信（無料）", countedHint: "プッシュメッセージで送信（通数に数えられます）",
    unsend: "送信取消", unsendTitle: "このメッセージの送信を取り消しますか？", unsendText: "すべての端末のトークから消えます。", cancel: "キャンセル",
    unsent: "メッセージの送信を取り消しました", block: "ブロック", unblock: "ブロック解除", blocked: "このアカウントをブロックしています。メッセージは届きません。",
    asCustomer: "{name} として表示", choose: "お客様を選ぶか、追加してください。", lost: "シミュレーターが応答しません。再接続しています…",
    notTaken: "Webhook: {reason}", refused: "送信できません: {reason}", empty: "まだメッセージがありません。最初のメッセージを送りましょう。",
    trouble: "LINE の障害", troubleHint: "LINE のエンドポイントが、本来の応答の代わりに行う動作です。", endpoint: "エンドポイント",
    everything: "すべて", kind: "動作", kindStatus: "ステータスを返す", kindTimeout: "応答しない", kindAccept: "受理してから応答しない",
    kindReset: "接続を切る", kindCut: "途中で切れる", status: "ステータス", times: "回数", always: "ずっと", addFault: "障害を起こす", clearFaults: "すべて解除", remove: "解除",
    today: "今日", place: "小春商店 東京駅", hello: "こんにちは", thanks: "ありがとう", ok: "了解", sorry: "ごめんなさい", happy: "うれしい", sad: "かなしい",
    love: "大好き", question: "はてな",
    attach: "添付", photo: "写真", voice: "ボイスメッセージ", locationShort: "位置情報", mention: "アカウントをメンション", mentionShort: "メンション",
    stickers: "スタンプと絵文字", stickerTab: "スタンプ", emojiTab: "絵文字", dropHere: "ここにドロップして送信", messageMenu: "操作", reply: "リプライ", cancelReply: "リプライをやめる",
    you: "あなた", quoteGone: "このメッセージは表示できません", photos: "写真 {count} 枚", ofSet: "画像 {index} / {total}", retry: "再試行",
    tooLarge: "ファイルは 220 MB までです。", play: "再生", pause: "一時停止", broken_picture: "画像を表示できません", broken_video: "動画を再生できません",
    broken_audio: "音声を再生できません", emoji: "絵文字", emoji_smile: "笑顔", emoji_laugh: "大笑い", emoji_hearteyes: "目がハート", emoji_cry: "泣き顔",
    emoji_angry: "怒り", emoji_surprised: "びっくり", emoji_heart: "ハート", emoji_thumbsup: "いいね", emoji_star: "星", emoji_sparkles: "キラキラ",
    newGroup: "新しいグループ", makeGroup: "アカウントを入れてグループを作る", members: "メンバー", room: "トークルーム", speaker: "書く人", read: "既読", edited: "編集済み",
    loading: "アカウントが入力中です", pickTime: "日時を選ぶ", kindRate: "リクエストが多すぎる", kindMonth: "月の上限に達した",
  },
  es: {
    skip: "Ir al campo de mensaje", title: "Simulador de LINE", account: "Cuenta", customers: "Clientes", name: "Nombre", language: "Idioma",
    noAccount: "Aún no hay ninguna cuenta. Cree una abajo o conecte una a este simulador.", noCustomer: "Aún no hay clientes. Añada uno abajo.",
    newCustomer: "Nuevo cliente", addFriend: "Añadir la cuenta como amiga", newAccount: "Cuentas y webhook",
    consoleHint: "Hace las veces de la consola de LINE: da lo que pide el asistente de cuentas.", makeAccount: "Crear una cuenta",
    channelId: "Identificador de canal", channelSecret: "Secreto de canal", accessToken: "Token de acceso al canal", copy: "Copiar", copied: "Copiado",
    webhookUrl: "URL de webhook de la cuenta elegida", redelivery: "Reenvío de webhooks", save: "Guardar", saved: "Guardado",
    device: "Dispositivo", phone: "Teléfono", desktop: "Escritorio", web: "Web", back: "Clientes", messages: "Mensajes", message: "Mensaje",
    location: "Enviar una ubicación", send: "Enviar", sticker: "Sticker", picture: "Imagen", video: "Vídeo", audio: "Audio", file: "Archivo",
    free: "respuesta · gratis", counted: "push · contado", freeHint: "Enviado con un token de respuesta: gratis", countedHint: "Enviado como push: LINE lo cuenta",
    unsend: "Anular envío", unsendTitle: "¿Anular el envío de este mensaje?", unsendText: "Desaparece de este chat en todos los dispositivos.", cancel: "Cancelar",
    unsent: "Anuló el envío de un mensaje", block: "Bloquear", unblock: "Desbloquear", blocked: "Ha bloqueado esta cuenta. No puede escribirle.",
    asCustomer: "como {name}", choose: "Elija un cliente o añada uno.", lost: "El simulador no responde. Reintentando…",
    notTaken: "webhook: {reason}", refused: "No enviado: {reason}", empty: "Aún no hay mensajes. Escriba el primero.",
    trouble: "Problemas en LINE", troubleHint: "Lo que hacen los puntos de conexión de LINE a partir de ahora, en lugar de lo que deberían.",
    endpoint: "Punto de conexión", everything: "todos", kind: "Qué ocurre", kindStatus: "Responde con un estado", kindTimeout: "No responde nunca",
    kindAccept: "Acepta y no responde nunca", kindReset: "Corta la conexión", kindCut: "Se corta a la mitad", status: "Estado", times: "Veces", always: "siempre",
    addFault: "Provocar el problema", clearFaults: "Terminar todos", remove: "Quitar", today: "Hoy", place: "Koharu Store, estación de Tokio",
    hello: "Hola", thanks: "Gracias", ok: "Vale", sorry: "Perdón", happy: "Feliz", sad: "Triste", love: "Cariño", question: "Pregunta",
    attach: "Adjuntar", photo: "Fotos", voice: "Mensaje de voz", locationShort: "Ubicación", mention: "Mencionar la cuenta",
    mentionShort: "Mencionar", stickers: "Stickers y emojis", stickerTab: "Stickers", emojiTab: "Emojis",
    dropHere: "Suelte aquí para enviar", messageMenu: "Acciones", reply: "Responder", cancelReply: "No responder a este mensaje", you: "Usted",
    quoteGone: "El mensaje no está disponible", photos: "{count} fotos", ofSet: "Imagen {index} de {total}", retry: "Reintentar",
    tooLarge: "Un archivo puede tener 220 MB como máximo.", play: "Reproducir", pause: "Pausar",
    broken_picture: "No se puede mostrar la imagen", broken_video: "No se puede reproducir el vídeo",
    broken_audio: "No se puede reproducir el audio", emoji: "Emoji", emoji_smile: "Sonrisa", emoji_laugh: "Risa",
    emoji_hearteyes: "Enamorado", emoji_cry: "Llanto", emoji_angry: "Enfado", emoji_surprised: "Sorpresa", emoji_heart: "Corazón",
    emoji_thumbsup: "Pulgar arriba", emoji_star: "Estrella", emoji_sparkles: "Destellos",
    newGroup: "Nuevo grupo", makeGroup: "Crear un grupo con la cuenta", members: "Miembros", room: "Sala", speaker: "Quién escribe",
    read: "Leído", edited: "editado", loading: "La cuenta está escribiendo", pickTime: "Elija un momento",
    kindRate: "Demasiadas peticiones", kindMonth: "Cuota mensual agotada",
  },
  da: {
    skip: "Gå til beskedfeltet", title: "LINE-simulator", account: "Konto", customers: "Kunder", name: "Navn", language: "Sprog",
    noAccount: "Der er ingen konto endnu. Opret en nedenfor, eller forbind en til simulatoren.", noCustomer: "Der er ingen kunder endnu. Tilføj en nedenfor.",
    newCustomer: "Ny kunde", addFriend: "Tilføj kontoen som ven", newAccount: "Konti og webhook",
    consoleHint: "Står i stedet for LINEs egen konsol: giver det, som kontoguiden spørger om.", makeAccount: "Opret en konto",
    channelId: "Kanal-ID", channelSecret: "Kanalhemmelighed", accessToken: "Kanaladgangstoken", copy: "Kopiér", copied: "Kopieret",
    webhookUrl: "Den valgte kontos webhook-URL", redelivery: "Genlevering af webhooks", save: "Gem", saved: "Gemt",
    device: "Enhed", phone: "Telefon", desktop: "Computer", web: "Web", back: "Kunder", messages: "Beskeder", message: "Besked",
    location: "Send en placering", send: "Send", sticker: "Sticker", picture: "Billede", video: "Video", audio: "Lyd", file: "Fil",
    free: "svar · gratis", counted: "push · tælles", freeHint: "Sendt med et svartoken: gratis", countedHint: "Sendt som push-besked: tælles af LINE",
    unsend: "Fortryd afsendelse", unsendTitle: "Fortryd afsendelsen af denne besked?", unsendText: "Den forsvinder fra chatten på alle enheder.", cancel: "Annuller",
    unsent: "Du fortrød en besked", block: "Bloker", unblock: "Fjern blokering", blocked: "Du har blokeret denne konto. Den kan ikke nå dig.",
    asCustomer: "som {name}", choose: "Vælg en kunde, eller tilføj en.", lost: "Simulatoren svarer ikke. Prøver igen …",
    notTaken: "webhook: {reason}", refused: "Ikke sendt: {reason}", empty: "Ingen beskeder endnu. Skriv den første.",
    trouble: "Problemer hos LINE", troubleHint: "Hvad LINEs endepunkter gør fra nu af i stedet for det, de burde.", endpoint: "Endepunkt",
    everything: "alle", kind: "Hvad der sker", kindStatus: "Svarer med en status", kindTimeout: "Svarer aldrig", kindAccept: "Accepterer og svarer så aldrig",
    kindReset: "Afbryder forbindelsen", kindCut: "Afbrydes midtvejs", status: "Status", times: "Antal", always: "altid", addFault: "Lav problemer", clearFaults: "Afslut alle problemer",
    remove: "Fjern", today: "I dag", place: "Koharu Store, Tokyo Station",
    hello: "Hej", thanks: "Tak", ok: "OK", sorry: "Undskyld", happy: "Glad", sad: "Ked af det", love: "Kærlighed", question: "Spørgsmål",
    attach: "Vedhæft", photo: "Billeder", voice: "Talebesked", locationShort: "Placering", mention: "Nævn kontoen", mentionShort: "Nævn",
    stickers: "Stickers og emojis", stickerTab: "Stickers", emojiTab: "Emojis", dropHere: "Slip her for at sende", messageMenu: "Handlinger", reply: "Svar",
    cancelReply: "Svar ikke på denne besked", you: "Dig", quoteGone: "Beskeden er ikke tilgængelig", photos: "{count} billeder",
    ofSet: "Billede {index} af {total}", retry: "Prøv igen", tooLarge: "En fil må højst fylde 220 MB.", play: "Afspil", pause: "Pause",
    broken_picture: "Billedet kan ikke vises", broken_video: "Videoen kan ikke afspilles", broken_audio: "Lyden kan ikke afspilles",
    emoji: "Emoji", emoji_smile: "Smil", emoji_laugh: "Grin", emoji_hearteyes: "Forelsket", emoji_cry: "Gråd", emoji_angry: "Vred",
    emoji_surprised: "Overrasket", emoji_heart: "Hjerte", emoji_thumbsup: "Tommel op", emoji_star: "Stjerne", emoji_sparkles: "Glimt",
    newGroup: "Ny gruppe", makeGroup: "Opret en gruppe med kontoen", members: "Medlemmer", room: "Rum", speaker: "Hvem der skriver",
    read: "Læst", edited: "redigeret", loading: "Kontoen skriver", pickTime: "Vælg et tidspunkt", kindRate: "For mange anmodninger",
    kindMonth: "Månedskvoten er brugt",
  },
};

function chosenLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wished = asked ? [asked, ...navigator.languages] : navigator.languages;
  return wished.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag in WORDS) || "en";
}

export const language = chosenLanguage();
// How times and days are written: as at home, when home speaks the page's language.
export const locale = navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language) || language;

export function label(key, values = {}) {
  const words = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function labelPage() {
  document.documentElement.lang = language;
  document.title = label("title");
  for (const element of document.querySelectorAll("[data-label]")) element.textContent = label(element.dataset.label);
  for (const element of document.querySelectorAll("[data-label-aria]")) element.setAttribute("aria-label", label(element.dataset.labelAria));
  for (const element of document.querySelectorAll("[data-label-placeholder]")) element.placeholder = label(element.dataset.labelPlaceholder);
}
