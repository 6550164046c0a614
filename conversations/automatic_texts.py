"""What the product itself tells customers, in their language as far as it is known here; else in English.

Not in the translation catalogues: those hold the languages of the people who work with it, and customers speak others.
"""

ATTACHMENTS_OFF = {
    "en": "Sorry, files can't be received here. Please describe it in words.",
    "es": "Lo sentimos, aquí no podemos recibir archivos. Descríbalo con palabras, por favor.",
    "da": "Beklager, vi kan ikke modtage filer her. Beskriv det gerne med ord.",
    "ja": "申し訳ございませんが、こちらではファイルを受け取れません。文章でお知らせください。",
    "zh": "抱歉，此处无法接收文件。请用文字说明。",
    "zh-Hant": "很抱歉，這裡無法接收檔案，請用文字說明。",
    "th": "ขออภัยค่ะ ที่นี่ไม่สามารถรับไฟล์ได้ กรุณาพิมพ์เป็นข้อความนะคะ",
    "ko": "죄송합니다. 여기에서는 파일을 받을 수 없습니다. 글로 설명해 주세요.",
    "id": "Maaf, kami tidak dapat menerima berkas di sini. Silakan jelaskan dengan kata-kata.",
    "de": "Leider können hier keine Dateien empfangen werden. Bitte beschreiben Sie es in Worten.",
}
FILE_TOO_LARGE = {
    "en": "Sorry, this file is too large to be received here.",
    "es": "Lo sentimos, este archivo es demasiado grande para recibirlo aquí.",
    "da": "Beklager, filen er for stor til at blive modtaget her.",
    "ja": "申し訳ございませんが、ファイルが大きすぎるため受け取れませんでした。",
    "zh": "抱歉，此文件太大，无法接收。",
    "zh-Hant": "很抱歉，檔案太大，無法接收。",
    "th": "ขออภัยค่ะ ไฟล์นี้ใหญ่เกินไป ไม่สามารถรับได้",
    "ko": "죄송합니다. 파일이 너무 커서 받을 수 없습니다.",
    "id": "Maaf, berkas ini terlalu besar untuk diterima.",
    "de": "Diese Datei ist leider zu groß, um hier empfangen zu werden.",
}
ENDED_BY_OVERFLOW = {
    "en": "Sorry, nobody can answer you at the moment. Please write to us again later.",
    "es": "Lo sentimos, en este momento nadie puede atenderle. Vuelva a escribirnos más tarde, por favor.",
    "da": "Beklager, lige nu kan ingen svare dig. Skriv gerne til os igen senere.",
    "ja": "申し訳ございませんが、ただいま対応できる者がおりません。お手数ですが、しばらくしてからもう一度ご連絡ください。",
    "zh": "抱歉，目前没有人能够回复您。请稍后再联系我们。",
    "zh-Hant": "很抱歉，目前沒有人能夠回覆您，請稍後再與我們聯絡。",
    "th": "ขออภัยค่ะ ขณะนี้ไม่มีเจ้าหน้าที่ตอบกลับได้ กรุณาส่งข้อความมาใหม่ภายหลังนะคะ",
    "ko": "죄송합니다. 지금은 답변해 드릴 수 있는 상담원이 없습니다. 나중에 다시 연락해 주세요.",
    "id": "Maaf, saat ini tidak ada yang dapat menjawab Anda. Silakan hubungi kami lagi nanti.",
    "de": "Leider kann Ihnen im Moment niemand antworten. Bitte schreiben Sie uns später noch einmal.",
}
OPEN = {
    "en": "Open",
    "es": "Abrir",
    "da": "Åbn",
    "ja": "開く",
    "zh": "打开",
    "zh-Hant": "開啟",
    "th": "เปิด",
    "ko": "열기",
    "id": "Buka",
    "de": "Öffnen",
}
_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")


def in_language(texts: dict[str, str], *languages: str) -> str:
    """The text in the first of these languages that there is, else in English, else any. Languages are BCP 47 tags in any case."""
    known = {code.lower(): text for code, text in texts.items()}
    wished = [code for language in filter(None, languages) for code in _codes(language.lower())]
    return next((known[code] for code in [*wished, "en", *known] if code in known), "")


def _codes(tag: str) -> tuple[str, ...]:
    """The keys that serve a language, the nearest first. Nobody who reads traditional Chinese is given simplified."""
    if tag.startswith(_TRADITIONAL):
        return (tag, "zh-hant")
    if tag.startswith("zh"):
        return (tag, "zh-hans", "zh")
    return (tag, tag.split("-")[0])
