/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Final and provisional codes: the IANA registry, codes that stand in no registry but
 * on the wire, and internal ones of SIP stacks that stand in logs. In order of the
 * code.
 */
#include "sip/codes_data.h"

/* clang-format off */
const struct code codes_table[] = {
	{ 100, CODE_REGISTERED, "progress", "Trying", "RFC 3261 21.1.1",
	  { "The request has been received and is being worked on.",
	    "Запрос принят и обрабатывается." } },
	{ 180, CODE_REGISTERED, "progress", "Ringing", "RFC 3261 21.1.2",
	  { "The callee has been located and is being alerted.",
	    "Вызываемый абонент найден, ему подаётся сигнал вызова." } },
	{ 181, CODE_REGISTERED, "progress", "Call Is Being Forwarded",
	  "RFC 3261 21.1.3",
	  { "The call is being forwarded to another destination.",
	    "Вызов переадресуется на другой номер или адрес." } },
	{ 182, CODE_REGISTERED, "progress", "Queued", "RFC 3261 21.1.4",
	  { "The callee cannot take the call yet; the call waits in a queue.",
	    "Абонент пока не может ответить; вызов поставлен в очередь." } },
	{ 183, CODE_REGISTERED, "progress", "Session Progress", "RFC 3261 21.1.5",
	  { "The call makes progress; usually early media (tones, announcements) "
	    "flows.",
	    "Вызов устанавливается; обычно уже передаётся предответное аудио (тоны, "
	    "объявления)." } },
	{ 199, CODE_REGISTERED, "progress", "Early Dialog Terminated", "RFC 6228",
	  { "An early dialog ended before the call was answered; other branches may "
	    "go on.",
	    "Ранний диалог завершён до ответа на вызов; остальные ветви вызова "
	    "могут продолжаться." } },
	{ 200, CODE_REGISTERED, "success", "OK", "RFC 3261 21.2.1",
	  { "The request succeeded.", "Запрос выполнен успешно." } },
	{ 202, CODE_REGISTERED, "success", "Accepted (Deprecated)", "RFC 6665",
	  { "The request was accepted; its result comes later (deprecated, now "
	    "200).",
	    "Запрос принят, результат придёт позже (код устарел, вместо него 200)." } },
	{ 204, CODE_REGISTERED, "success", "No Notification", "RFC 5839",
	  { "The subscription is accepted, no notification follows because nothing "
	    "changed.",
	    "Подписка принята; уведомления не будет, так как состояние не "
	    "изменилось." } },
	{ 300, CODE_REGISTERED, "redirect", "Multiple Choices", "RFC 3261 21.3.1",
	  { "The callee can be reached at several addresses; the caller should "
	    "choose.",
	    "Абонент доступен по нескольким адресам; вызывающая сторона выбирает "
	    "сама." } },
	{ 301, CODE_REGISTERED, "redirect", "Moved Permanently", "RFC 3261 21.3.2",
	  { "The callee has moved for good; the new address stands in Contact.",
	    "Абонент сменил адрес навсегда; новый адрес указан в Contact." } },
	{ 302, CODE_REGISTERED, "redirect", "Moved Temporarily", "RFC 3261 21.3.3",
	  { "The callee is elsewhere for now, as a rule call forwarding; see "
	    "Contact.",
	    "Абонент временно по другому адресу, как правило включена "
	    "переадресация; адрес в Contact." } },
	{ 303, CODE_UNREGISTERED, "redirect", "See Other", "RFC 2543",
	  { "Old code of RFC 2543; treated as 300.",
	    "Старый код из RFC 2543; обрабатывается как 300." } },
	{ 305, CODE_REGISTERED, "redirect", "Use Proxy", "RFC 3261 21.3.4",
	  { "The callee can be reached only through the proxy named in Contact.",
	    "Абонент доступен только через прокси-сервер, указанный в Contact." } },
	{ 380, CODE_REGISTERED, "redirect", "Alternative Service", "RFC 3261 21.3.5",
	  { "The call failed, but other services are offered.",
	    "Вызов не удался, но предложены другие услуги." } },
	{ 400, CODE_REGISTERED, "protocol", "Bad Request", "RFC 3261 21.4.1",
	  { "The request could not be understood because its syntax is wrong.",
	    "Запрос не понят из-за синтаксической ошибки." } },
	{ 401, CODE_REGISTERED, "challenge", "Unauthorized", "RFC 3261 21.4.2",
	  { "The server asks for credentials; normal as the first answer, a failure "
	    "only if credentials had been given.",
	    "Сервер запрашивает учётные данные; как первый ответ это норма, отказ — "
	    "только если данные уже были переданы." } },
	{ 402, CODE_REGISTERED, "funds", "Payment Required", "RFC 3261 21.4.3",
	  { "Payment is required; in practice the balance, tariff or a quota stops "
	    "the call.",
	    "Требуется оплата; на практике вызов остановлен балансом, тарифом или "
	    "квотой." } },
	{ 403, CODE_REGISTERED, "other", "Forbidden", "RFC 3261 21.4.4",
	  { "The server understood the request and refuses it; the phrase tells "
	    "why, if anything does.",
	    "Сервер понял запрос и отказывается его выполнять; причину, если она "
	    "названа, сообщает фраза." } },
	{ 404, CODE_REGISTERED, "number-invalid", "Not Found", "RFC 3261 21.4.5",
	  { "The called user or number does not exist in this domain.",
	    "Вызываемый пользователь или номер не существует в этом домене." } },
	{ 405, CODE_REGISTERED, "protocol", "Method Not Allowed", "RFC 3261 21.4.6",
	  { "The method is understood but not allowed for this address.",
	    "Метод известен, но для этого адреса не разрешён." } },
	{ 406, CODE_REGISTERED, "protocol", "Not Acceptable", "RFC 3261 21.4.7",
	  { "The other side can answer only in a form that the request's Accept "
	    "header excludes.",
	    "Удалённая сторона может ответить только в форме, не разрешённой "
	    "заголовком Accept запроса." } },
	{ 407, CODE_REGISTERED, "challenge", "Proxy Authentication Required",
	  "RFC 3261 21.4.8",
	  { "The proxy asks for credentials; normal as the first answer, a failure "
	    "only if credentials had been given.",
	    "Прокси-сервер запрашивает учётные данные; как первый ответ это норма, "
	    "отказ — только если данные уже были переданы." } },
	{ 408, CODE_REGISTERED, "timeout", "Request Timeout", "RFC 3261 21.4.9",
	  { "No final answer came in time; many stacks use this code for plain "
	    "silence.",
	    "Окончательный ответ не получен вовремя; многие стеки ставят этот код и "
	    "тогда, когда ответа не было вовсе." } },
	{ 409, CODE_UNREGISTERED, "account-conflict", "Conflict", "RFC 2543",
	  { "Conflict with the current state (RFC 2543); registrars send it for a "
	    "doubled registration.",
	    "Конфликт с текущим состоянием (RFC 2543); регистраторы отвечают так на "
	    "повторную регистрацию." } },
	{ 410, CODE_REGISTERED, "no-route", "Gone", "RFC 3261 21.4.10",
	  { "The callee was here but is gone for good, and no new address is known.",
	    "Абонент здесь был, но больше недоступен, новый адрес неизвестен." } },
	{ 411, CODE_UNREGISTERED, "protocol", "Length Required", "RFC 2543",
	  { "The server wants a Content-Length header (RFC 2543).",
	    "Серверу нужен заголовок Content-Length (RFC 2543)." } },
	{ 412, CODE_REGISTERED, "protocol", "Conditional Request Failed", "RFC 3903",
	  { "The condition of the request (SIP-If-Match) does not hold; the "
	    "publication has to be made anew.",
	    "Условие запроса (SIP-If-Match) не выполнено; публикацию нужно начать "
	    "заново." } },
	{ 413, CODE_REGISTERED, "protocol", "Request Entity Too Large",
	  "RFC 3261 21.4.11",
	  { "The body of the request is larger than the server will process.",
	    "Тело запроса больше, чем сервер готов обработать." } },
	{ 414, CODE_REGISTERED, "protocol", "Request-URI Too Long", "RFC 3261 21.4.12",
	  { "The Request-URI is longer than the server will interpret.",
	    "Request-URI длиннее, чем сервер может разобрать." } },
	{ 415, CODE_REGISTERED, "codec", "Unsupported Media Type", "RFC 3261 21.4.13",
	  { "The format of the body (as a rule the SDP offer) is not supported.",
	    "Формат тела запроса (как правило, предложение SDP) не поддерживается." } },
	{ 416, CODE_REGISTERED, "protocol", "Unsupported URI Scheme",
	  "RFC 3261 21.4.14",
	  { "The scheme of the Request-URI (for example tel: or sips:) is not "
	    "supported.",
	    "Схема адреса в Request-URI (например, tel: или sips:) не "
	    "поддерживается." } },
	{ 417, CODE_REGISTERED, "protocol", "Unknown Resource-Priority", "RFC 4412",
	  { "A Resource-Priority value is unknown to the server and was required.",
	    "Обязательное значение Resource-Priority серверу неизвестно." } },
	{ 420, CODE_REGISTERED, "protocol", "Bad Extension", "RFC 3261 21.4.15",
	  { "A required extension (Require header) is not supported.",
	    "Требуемое расширение (заголовок Require) не поддерживается." } },
	{ 421, CODE_REGISTERED, "protocol", "Extension Required", "RFC 3261 21.4.16",
	  { "The server needs an extension that the client did not announce.",
	    "Серверу нужно расширение, о поддержке которого клиент не заявил." } },
	{ 422, CODE_REGISTERED, "protocol", "Session Interval Too Small", "RFC 4028",
	  { "The session timer is shorter than the server's minimum; the client "
	    "retries with Min-SE.",
	    "Таймер сессии короче допустимого минимума; клиент повторяет запрос со "
	    "значением Min-SE." } },
	{ 423, CODE_REGISTERED, "protocol", "Interval Too Brief", "RFC 3261 21.4.17",
	  { "The requested expiry is too short; the client retries with "
	    "Min-Expires.",
	    "Запрошенный срок регистрации слишком мал; клиент повторяет запрос со "
	    "значением Min-Expires." } },
	{ 424, CODE_REGISTERED, "protocol", "Bad Location Information", "RFC 6442",
	  { "The location in the request is malformed or cannot be used.",
	    "Сведения о местоположении в запросе некорректны или непригодны." } },
	{ 425, CODE_REGISTERED, "protocol", "Bad Alert Message", "RFC 8876",
	  { "The emergency alert in the request was understood to be bad.",
	    "Сообщение оповещения в запросе признано некорректным." } },
	{ 428, CODE_REGISTERED, "credentials", "Use Identity Header", "RFC 8224",
	  { "A signed caller identity (STIR Identity header) is required and "
	    "missing.",
	    "Требуется подписанная идентификация вызывающего (заголовок Identity, "
	    "STIR), а её нет." } },
	{ 429, CODE_REGISTERED, "protocol", "Provide Referrer Identity", "RFC 3892",
	  { "The referred request lacks a valid Referred-By token.",
	    "В переадресованном запросе нет действительного маркера Referred-By." } },
	{ 430, CODE_REGISTERED, "unreachable", "Flow Failed", "RFC 5626",
	  { "The connection (flow) to the user agent behind the edge proxy failed.",
	    "Соединение (flow) с абонентским устройством за пограничным прокси "
	    "потеряно." } },
	{ 431, CODE_UNREGISTERED, "other", "", "RFC 3261 8.1.3.2",
	  { "Not assigned; treated as 400.",
	    "Код не назначен; обрабатывается как 400." } },
	{ 433, CODE_REGISTERED, "acl", "Anonymity Disallowed", "RFC 5079",
	  { "The callee takes no anonymous calls.",
	    "Абонент не принимает анонимные вызовы." } },
	{ 436, CODE_REGISTERED, "credentials", "Bad Identity Info", "RFC 8224",
	  { "The certificate or token of the caller identity could not be fetched.",
	    "Не удалось получить сертификат или маркер идентификации вызывающего." } },
	{ 437, CODE_REGISTERED, "credentials", "Unsupported Credential", "RFC 8224",
	  { "The certificate of the caller identity is not trusted or not "
	    "supported.",
	    "Сертификат идентификации вызывающего не поддерживается или не "
	    "пользуется доверием." } },
	{ 438, CODE_REGISTERED, "credentials", "Invalid Identity Header", "RFC 8224",
	  { "The signature of the caller identity is not valid.",
	    "Подпись идентификации вызывающего недействительна." } },
	{ 439, CODE_REGISTERED, "protocol", "First Hop Lacks Outbound Support",
	  "RFC 5626",
	  { "The first proxy on the path does not support outbound connections (RFC "
	    "5626).",
	    "Первый прокси на пути не поддерживает механизм outbound (RFC 5626)." } },
	{ 440, CODE_REGISTERED, "protocol", "Max-Breadth Exceeded", "RFC 5393",
	  { "The request was forked more often than Max-Breadth allows.",
	    "Запрос разветвлён больше, чем разрешает Max-Breadth." } },
	{ 469, CODE_REGISTERED, "protocol", "Bad Info Package", "RFC 6086",
	  { "The INFO package is not supported here.",
	    "Пакет метода INFO здесь не поддерживается." } },
	{ 470, CODE_REGISTERED, "acl", "Consent Needed", "RFC 5360",
	  { "The recipient has not consented to such messages.",
	    "Получатель не дал согласия на такие сообщения." } },
	{ 477, CODE_UNREGISTERED, "unreachable",
	  "Unfortunately error on sending to next hop occurred", "Kamailio",
	  { "Kamailio: the request could not be sent to the next hop.",
	    "Kamailio: не удалось отправить запрос следующему узлу." } },
	{ 478, CODE_UNREGISTERED, "no-route", "Unresolvable destination", "Kamailio",
	  { "Kamailio: the name of the next hop cannot be resolved.",
	    "Kamailio: имя следующего узла не разрешается в DNS." } },
	{ 479, CODE_UNREGISTERED, "protocol",
	  "Regretfully, we were not able to process the URI", "Kamailio",
	  { "Kamailio: the Request-URI or route is malformed.",
	    "Kamailio: Request-URI или маршрут некорректен." } },
	{ 480, CODE_REGISTERED, "unreachable", "Temporarily Unavailable",
	  "RFC 3261 21.4.18",
	  { "The callee is known but cannot be reached now: not registered, no "
	    "answer, do-not-disturb.",
	    "Абонент известен, но сейчас недоступен: не зарегистрирован, не "
	    "отвечает или включён режим «не беспокоить»." } },
	{ 481, CODE_REGISTERED, "protocol", "Call/Transaction Does Not Exist",
	  "RFC 3261 21.4.19",
	  { "The request belongs to no known call or transaction; usual after a "
	    "late or repeated packet.",
	    "Запрос не относится ни к одному известному вызову или транзакции; "
	    "обычно это опоздавший или повторный пакет." } },
	{ 482, CODE_REGISTERED, "protocol", "Loop Detected", "RFC 3261 21.4.20",
	  { "The request came back to a server that it had passed: a routing loop.",
	    "Запрос вернулся на сервер, который уже прошёл: петля маршрутизации." } },
	{ 483, CODE_REGISTERED, "protocol", "Too Many Hops", "RFC 3261 21.4.21",
	  { "Max-Forwards is used up: too many hops, as a rule a routing loop.",
	    "Счётчик Max-Forwards исчерпан: слишком много узлов, как правило петля "
	    "маршрутизации." } },
	{ 484, CODE_REGISTERED, "number-invalid", "Address Incomplete",
	  "RFC 3261 21.4.22",
	  { "The dialled number is incomplete.", "Набранный номер неполный." } },
	{ 485, CODE_REGISTERED, "number-invalid", "Ambiguous", "RFC 3261 21.4.23",
	  { "The called address is ambiguous.",
	    "Адрес вызываемого абонента неоднозначен." } },
	{ 486, CODE_REGISTERED, "busy", "Busy Here", "RFC 3261 21.4.24",
	  { "The called end was reached and will not take the call now.",
	    "Вызываемая сторона достигнута, но принять вызов сейчас не может: "
	    "занято." } },
	{ 487, CODE_REGISTERED, "cancelled", "Request Terminated", "RFC 3261 21.4.25",
	  { "The request was ended by CANCEL or BYE, as a rule because the caller "
	    "hung up before the answer.",
	    "Запрос завершён по CANCEL или BYE, как правило вызывающий положил "
	    "трубку до ответа." } },
	{ 488, CODE_REGISTERED, "codec", "Not Acceptable Here", "RFC 3261 21.4.26",
	  { "The offered session (codecs, SRTP, addresses) is not acceptable at "
	    "this end.",
	    "Предложенные параметры сессии (кодеки, SRTP, адреса) для этой стороны "
	    "неприемлемы." } },
	{ 489, CODE_REGISTERED, "protocol", "Bad Event", "RFC 6665",
	  { "The event package of the subscription is not supported.",
	    "Пакет событий, на который оформляется подписка, не поддерживается." } },
	{ 490, CODE_UNREGISTERED, "other", "Request Updated", "expired draft",
	  { "From an expired draft (request updated); treated as 400.",
	    "Код из устаревшего черновика (запрос обновлён); обрабатывается как "
	    "400." } },
	{ 491, CODE_REGISTERED, "protocol", "Request Pending", "RFC 3261 21.4.27",
	  { "Another request of the same dialog is still being handled; the sender "
	    "retries.",
	    "Ещё обрабатывается другой запрос того же диалога; отправитель повторит "
	    "попытку." } },
	{ 493, CODE_REGISTERED, "protocol", "Undecipherable", "RFC 3261 21.4.28",
	  { "The encrypted (S/MIME) body cannot be decrypted.",
	    "Зашифрованное тело (S/MIME) не удаётся расшифровать." } },
	{ 494, CODE_REGISTERED, "protocol", "Security Agreement Required", "RFC 3329",
	  { "A security mechanism has to be agreed upon first (RFC 3329).",
	    "Сначала нужно согласовать механизм защиты (RFC 3329)." } },
	{ 499, CODE_UNREGISTERED, "codec", "Codec Mismatch", "vendor",
	  { "Vendor code for a codec mismatch; treated as 400.",
	    "Код производителя: нет общего кодека; обрабатывается как 400." } },
	{ 500, CODE_REGISTERED, "server", "Server Internal Error", "RFC 3261 21.5.1",
	  { "The server met an internal error.", "Внутренняя ошибка сервера." } },
	{ 501, CODE_REGISTERED, "server", "Not Implemented", "RFC 3261 21.5.2",
	  { "The server does not implement what the request needs.",
	    "Сервер не поддерживает функцию, нужную для выполнения запроса." } },
	{ 502, CODE_REGISTERED, "gateway", "Bad Gateway", "RFC 3261 21.5.3",
	  { "The next server answered something invalid.",
	    "Следующий сервер вернул некорректный ответ." } },
	{ 503, CODE_REGISTERED, "overload", "Service Unavailable", "RFC 3261 21.5.4",
	  { "The server is overloaded, in maintenance, or out of circuits.",
	    "Сервер перегружен, на обслуживании или нет свободных линий." } },
	{ 504, CODE_REGISTERED, "timeout", "Server Time-out", "RFC 3261 21.5.5",
	  { "A server further on did not answer in time.",
	    "Следующий сервер не ответил вовремя." } },
	{ 505, CODE_REGISTERED, "protocol", "Version Not Supported", "RFC 3261 21.5.6",
	  { "The SIP version of the request is not supported.",
	    "Версия SIP в запросе не поддерживается." } },
	{ 513, CODE_REGISTERED, "protocol", "Message Too Large", "RFC 3261 21.5.7",
	  { "The message is larger than the server can take.",
	    "Сообщение больше, чем сервер может принять." } },
	{ 555, CODE_REGISTERED, "server", "Push Notification Service Not Supported",
	  "RFC 8599",
	  { "The server cannot push to the notification service that the client "
	    "uses.",
	    "Сервер не поддерживает службу push-уведомлений, которую использует "
	    "клиент." } },
	{ 580, CODE_REGISTERED, "server", "Precondition Failure", "RFC 3312",
	  { "A precondition of the session (for example a resource reservation) "
	    "cannot be met.",
	    "Предварительное условие сессии (например, резервирование ресурсов) не "
	    "может быть выполнено." } },
	{ 600, CODE_REGISTERED, "busy", "Busy Everywhere", "RFC 3261 21.6.1",
	  { "The callee is busy at every location.",
	    "Абонент занят по всем своим адресам." } },
	{ 603, CODE_REGISTERED, "declined", "Decline", "RFC 3261 21.6.2",
	  { "The callee (or the network for it) declines the call.",
	    "Абонент (или сеть от его имени) отклонил вызов." } },
	{ 604, CODE_REGISTERED, "number-invalid", "Does Not Exist Anywhere",
	  "RFC 3261 21.6.3",
	  { "The called user or number exists nowhere.",
	    "Такого абонента или номера не существует нигде." } },
	{ 606, CODE_REGISTERED, "codec", "Not Acceptable", "RFC 3261 21.6.4",
	  { "The callee was reached, but the offered session suits none of its "
	    "devices.",
	    "Абонент достигнут, но предложенные параметры сессии не подходят ни "
	    "одному его устройству." } },
	{ 607, CODE_REGISTERED, "declined", "Unwanted", "RFC 8197",
	  { "The callee marked the call as unwanted; the network may block the "
	    "caller in future.",
	    "Абонент отметил вызов как нежелательный; сеть может блокировать этого "
	    "вызывающего и дальше." } },
	{ 608, CODE_REGISTERED, "declined", "Rejected", "RFC 8688",
	  { "An intermediary (call analytics) rejected the call on behalf of the "
	    "callee.",
	    "Вызов отклонён промежуточным узлом (анализ вызовов) от имени "
	    "абонента." } },
	{ 687, CODE_UNREGISTERED, "other", "Dialog Terminated", "expired draft",
	  { "From an expired draft (dialog terminated); treated as 600.",
	    "Код из устаревшего черновика (диалог завершён); обрабатывается как "
	    "600." } },
	{ 701, CODE_INTERNAL, "timeout", "No response from destination server", "pjsip",
	  { "pjsip internal: no response from the destination server.",
	    "Внутренний код pjsip: сервер назначения не ответил." } },
	{ 702, CODE_INTERNAL, "no-route", "Unable to resolve destination server",
	  "pjsip",
	  { "pjsip internal: the destination server cannot be resolved.",
	    "Внутренний код pjsip: имя сервера назначения не разрешается." } },
	{ 703, CODE_INTERNAL, "unreachable",
	  "Error sending message to destination server", "pjsip",
	  { "pjsip internal: the message could not be sent to the destination "
	    "server.",
	    "Внутренний код pjsip: не удалось отправить сообщение серверу "
	    "назначения." } },
	{ 900, CODE_INTERNAL, "server", "", "sofia-sip",
	  { "sofia-sip internal: an error before anything was sent.",
	    "Внутренний код sofia-sip: ошибка ещё до отправки запроса." } },
	{ 901, CODE_INTERNAL, "server", "Stack is going down", "sofia-sip",
	  { "sofia-sip internal: the stack is going down.",
	    "Внутренний код sofia-sip: стек завершает работу." } },
	{ 904, CODE_INTERNAL, "credentials", "No matching challenge", "sofia-sip",
	  { "sofia-sip internal: the server repeated its challenge: credentials "
	    "refused or wrong realm.",
	    "Внутренний код sofia-sip: сервер повторил запрос авторизации: учётные "
	    "данные отклонены или неверна область (realm)." } },
	{ 908, CODE_INTERNAL, "timeout", "", "FreeSWITCH",
	  { "FreeSWITCH: the REGISTER of a gateway timed out.",
	    "FreeSWITCH: истекло время ожидания ответа на REGISTER шлюза." } },
};
/* clang-format on */

const size_t codes_table_n = sizeof(codes_table) / sizeof(codes_table[0]);
