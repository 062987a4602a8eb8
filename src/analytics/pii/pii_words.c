#include "pii_words.h"

#include <stddef.h>

/* A word may stand in several groups; its classes add up, its value is that of the last. */
const struct st_pii_word_group st_pii_word_groups[] = {
    {"a b c d e f g h i j k l m n o p q r s t u v w x y z", ST_PII_W_LETTER, 'A', 1},
    {"zed zee", ST_PII_W_LETTER, 'Z', 0},
    {"alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar "
     "papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu",
     ST_PII_W_NATO, 'A', 1},
    {"alfa", ST_PII_W_NATO, 'A', 0},
    {"juliett", ST_PII_W_NATO, 'J', 0},
    {"whisky", ST_PII_W_NATO, 'W', 0},

    {"zero one two three four five six seven eight nine", ST_PII_W_DIGIT, 0, 1},
    {"nought naught niner", ST_PII_W_DIGIT, 0, 0},
    {"niner", ST_PII_W_DIGIT, 9, 0},
    {"oh", ST_PII_W_OH | ST_PII_W_FILLER, 0, 0},
    {"ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
     ST_PII_W_TEEN, 10, 1},
    {"twenty thirty forty fifty sixty seventy eighty ninety", ST_PII_W_TENS, 20, 10},
    {"fourty", ST_PII_W_TENS, 40, 0},
    {"hundred", ST_PII_W_HUNDRED, 0, 0},
    {"thousand", ST_PII_W_THOUSAND, 3, 0},
    {"million", ST_PII_W_THOUSAND, 6, 0},
    {"double", ST_PII_W_REPEAT, 2, 0},
    {"triple treble", ST_PII_W_REPEAT, 3, 0},
    {"quadruple", ST_PII_W_REPEAT, 4, 0},
    {"first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
     "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth",
     ST_PII_W_ORDINAL, 1, 1},
    {"thirtieth", ST_PII_W_ORDINAL, 30, 0},

    {"january february march april may june july august september october november december",
     ST_PII_W_MONTH, 1, 1},
    {"jan feb mar apr", ST_PII_W_MONTH, 1, 1},
    {"jun jul aug sep oct nov dec", ST_PII_W_MONTH, 6, 1},
    {"sept", ST_PII_W_MONTH, 9, 0},
    {"monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat",
     ST_PII_W_DAY, 1, 1},

    {"uh um er erm ah hm hmm mm mhm yes yeah yep yup ya okay ok sure right well so please alright "
     "certainly absolutely course perfect great good fine thanks thank you wait hold hang sorry "
     "let "
     "see me look here and then actually correct hi hello",
     ST_PII_W_FILLER | ST_PII_W_COMMON, 0, 0},
    {"it it's its is that that's that'd it'll be would the my are was number numbers i'll give you "
     "ready this goes here's rest digits should i think have got yours mine has under says last "
     "first next bit part final set group make let's use try want i'd like go with "
     "put starts begins",
     ST_PII_W_LEAD | ST_PII_W_COMMON, 0, 0},
    {"dash hyphen space", ST_PII_W_JOIN | ST_PII_W_SEPARATOR, 0, 0},
    {"slash minus uh um er erm ah hm hmm and then", ST_PII_W_JOIN, 0, 0},
    {"underscore plus", ST_PII_W_SEPARATOR, 0, 0},
    {"dot period point", ST_PII_W_DOT, 0, 0},
    {"period point", ST_PII_W_COMMON, 0, 0},

    {"dollar dollars buck bucks cent cents pound pounds pence penny euro euros quid usd gbp eur "
     "grand "
     "percent percentage",
     ST_PII_W_UNIT | ST_PII_W_COMMON, 0, 0},
    {"second seconds minute minutes hour hours day days night nights week weeks month months year "
     "years decade decades times time people persons person users seats guests passengers adults "
     "children kids items item units pieces boxes bottles packs copies pages lines points stars "
     "miles mile meters metres kilometers feet foot inches inch yards acres gallons liters litres "
     "gigabytes gigs megabytes gb mb megs kilowatt kilowatts watts volts degrees calories grams "
     "kilos "
     "ounces tons payments installments transactions charges calls messages emails orders tickets "
     "bags rooms bedrooms devices phones lines computers channels accounts cards attempts things "
     "moment moments sec secs thing digits options questions reasons cases others more or-so "
     "business "
     "working other different of "
     "each separate o'clock squared square bars windows doors cylinders horsepower megabits mbps",
     ST_PII_W_UNIT | ST_PII_W_COMMON, 0, 0},

    {"street st avenue ave av road rd lane ln drive dr boulevard blvd court ct place pl terrace "
     "ter "
     "circle cir way square sq parkway pkwy highway hwy crescent close gardens grove mews row "
     "alley "
     "trail trl turnpike plaza walk rise quay loop ridge hollow heights esplanade",
     ST_PII_W_STREET, 0, 0},
    {"alabama alaska arizona arkansas california colorado connecticut delaware florida georgia "
     "hawaii "
     "idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan "
     "minnesota mississippi missouri montana nebraska nevada ohio oklahoma oregon pennsylvania "
     "tennessee texas utah vermont virginia washington wisconsin wyoming ontario alberta manitoba "
     "saskatchewan queensland victoria tasmania",
     ST_PII_W_STATE, 0, 0},
    {"al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm "
     "ny "
     "nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy dc",
     ST_PII_W_STATE, 0, 0},
    {"mr mrs ms miss mister missus doctor dr professor prof sir madam ma'am mx reverend",
     ST_PII_W_TITLE | ST_PII_W_COMMON, 0, 0},
    {"van von de la del della di da der den ter bin al el mac mc st saint o' le du dos san ibn",
     ST_PII_W_PARTICLE, 0, 0},
    {"hi hello hey thanks thank dear morning afternoon evening bye goodbye okay welcome",
     ST_PII_W_SALUTE, 0, 0},
    {"com net org edu gov co uk io us info biz ca de fr au ie eu me tv app dev mil",
     ST_PII_W_TOP_LEVEL, 0, 0},
    {"gmail googlemail yahoo hotmail outlook icloud aol comcast verizon msn proton protonmail live "
     "btinternet fastmail zoho ymail mac att sbcglobal cox earthlink gmx",
     ST_PII_W_PROVIDER, 0, 0},
    {"at around about by before after until till from between past",
     ST_PII_W_AT_TIME | ST_PII_W_COMMON, 0, 0},
    {"am pm a.m p.m o'clock noon midnight", ST_PII_W_HALF_DAY | ST_PII_W_COMMON, 0, 0},

    /* No names by themselves, though some are: Will, Mark, Grace, May. */
    {"the be to of and a in that have it for not on with he as you do at this but his by from they "
     "we "
     "say her she or an will my one all would there their what so up out if about who get which go "
     "me "
     "when make can like time no just him know take people into year your good some could them see "
     "other than then now look only come its over think also back after use two how our work first "
     "well way even new want because any these give day most us is are was were been being am has "
     "had "
     "does did doing done going goes went gone getting got gets made making makes said says saying "
     "tell told tells telling ask asked asks asking call called calls calling speak speaking spoke "
     "talk talking talked help helped helping helps need needed needs wants wanted try tried "
     "trying "
     "tries let lets put puts set sets keep keeps kept start started stop stopped pay paid pays "
     "paying "
     "payment payments bill bills billed billing charge charged charges charging refund refunded "
     "cost "
     "costs price prices order orders ordered ordering account accounts number numbers card cards "
     "bank "
     "banks money check checks checked checking credit debit balance transfer transferred deposit",
     ST_PII_W_COMMON, 0, 0},
    {"service services customer customers agent agents manager managers supervisor supervisors "
     "representative team department office store stores company companies business branch "
     "branches "
     "product products item items phone phones computer internet online website page app email "
     "mail "
     "message messages text texts letter letters name names address addresses date dates today "
     "tomorrow yesterday morning afternoon evening night week month years hour minute moment "
     "second "
     "later soon early late last next again always never ever sometimes often still already yet "
     "maybe "
     "perhaps really very much many more most less least few lot lots little bit big small large "
     "long "
     "short high low old young right left wrong true false same different easy hard difficult "
     "simple "
     "free full empty open opened close closed ready able available possible impossible important "
     "sure unsure happy sad angry upset frustrated frustrating ridiculous unacceptable terrible "
     "awful "
     "horrible wonderful excellent amazing lovely nice best better worse worst bad fine okay "
     "problem "
     "problems issue issues trouble question questions answer answers reason reasons case cases "
     "thing "
     "things something anything nothing everything someone anyone everyone nobody somebody anybody",
     ST_PII_W_COMMON, 0, 0},
    {"however although though unless until while during since without within against among through "
     "across behind below above under between both either neither each every another such own too "
     "enough quite rather almost nearly exactly actually basically probably definitely certainly "
     "absolutely unfortunately fortunately apparently obviously especially here there where why "
     "whether whoever whatever whenever wherever away down off apart together instead else once "
     "twice "
     "half quarter whole part parts side end ends ending begin beginning top bottom middle front "
     "line "
     "lines room rooms house home place places street road city town state country world area zip "
     "postal code codes security verify verified verification verifying confirm confirmed "
     "confirming "
     "confirmation update updated updating change changed changing changes cancel cancelled "
     "canceled "
     "cancelling cancellation renew renewal subscription plan plans policy policies claim claims "
     "insurance contract agreement warranty delivery deliver delivered delivering ship shipped "
     "shipping",
     ST_PII_W_COMMON, 0, 0},
    {"package packages parcel return returned returning returns exchange replace replaced "
     "replacement "
     "broken damaged missing lost stolen find found finding send sent sending receive received "
     "receiving bring brought buy bought buying purchase purchased sell sold hear heard hearing "
     "listen "
     "listening read reading write wrote written spell spelled spelling repeat repeated show shown "
     "showing shows happen happened happening happens wait waited waiting hold holding held moment "
     "connect connected connection connecting transfer transferring access log logged login sign "
     "signed password username user reset resetting locked unlock unlocked block blocked blocking "
     "freeze frozen fraud fraudulent suspicious report reported reporting report dispute disputed",
     ST_PII_W_COMMON, 0, 0},
    {"notice noticed remember remembered forget forgot forgotten understand understood believe "
     "believed "
     "guess suppose hope hopefully hoping wish wondering worry worried appreciate appreciated "
     "apologize apologies apology sorry afraid glad pleased welcome thank thanks please hello hi "
     "hey "
     "bye goodbye sir madam ma'am lady gentleman man men woman women guy guys husband wife son "
     "daughter mother mom mum father dad brother sister parent parents child children baby family "
     "friend friends neighbor neighbour roommate boss partner dog cat car cars truck van bike "
     "house "
     "apartment flat building unit suite floor door gate key keys box bag book books paper papers "
     "document documents form forms file files record records details information info data system "
     "systems screen button click press enter type typed select choose chosen option options",
     ST_PII_W_COMMON, 0, 0},
    {"it's that's there's here's what's who's he's she's i'm i've i'll i'd you're you've you'll "
     "you'd "
     "we're we've we'll we'd they're they've they'll they'd don't doesn't didn't won't wouldn't "
     "can't "
     "couldn't shouldn't isn't aren't wasn't weren't haven't hasn't hadn't ain't let's how's "
     "where's "
     "nope yep yeah yes no okay ok uh um er hmm mm wow gosh god oh ah alright gonna wanna gotta "
     "kinda "
     "sorta cause cos cuz till per via plus minus versus etc total amount amounts monthly weekly "
     "yearly annual annually daily mobile cell landline home fax extension ext main primary "
     "secondary "
     "personal current previous original recent recently latest former present ago back forward",
     ST_PII_W_COMMON, 0, 0},
    {"mark bill rich frank rose grace joy faith may june april august summer autumn dawn eve hope "
     "art "
     "gene jean rob sue pat drew chase grant chuck dale dean earl guy hunter lance miles mike nick "
     "norm penny ray robin rusty sandy skip sterling stone wade ward young king brown black white "
     "green gray grey long short day price cook baker carpenter miller hill wood woods field "
     "fields "
     "banks park parks lane rivers bush reed bell bird fox wolf lamb stern swift sharp strong "
     "power "
     "powers gold silver diamond pearl ruby crystal amber iris violet lily daisy heather ivy holly "
     "hazel olive ginger basil sage brook brooks forest glen cliff clay flint rock marina destiny "
     "trinity heaven angel star sunny stormy misty windy candy honey sugar cherry berry apple "
     "melody "
     "harmony carol belle bonnie mercy charity constance prudence patience chance justice major "
     "duke "
     "prince earl noble royal bishop pope abbot parson page butler cooper mason taylor turner "
     "fisher "
     "porter potter walker hall church temple house cross bridges ford love best good bright hand",
     ST_PII_W_COMMON, 0, 0},
    {"see look made said man sign mine core read dear care rush hey son ton von yen ping pong bang "
     "song "
     "an do so to ha no my in on or ok la da he ho hu ma mi sang ling long young king wing kim lei "
     "ray "
     "rue sunny shine tender merry happy else ever early else line loud many maple mercedes "
     "porsche "
     "tesla alexa siri cortana cash card check desk dollar else fair fault fern flower garnet "
     "glory "
     "golden granite happy harley hope huge jewel joey karma kitty legend lucky magic master max "
     "mom "
     "nova ocean orange pepper phoenix princess queen rain raven rebel river rocky salt shadow sky "
     "snow spring star storm tiger toy treasure true velvet winter wolf wonder georgia china asia "
     "america england ireland scotland wales france germany spain italy canada mexico india "
     "dollars "
     "american british english french german spanish italian indian chinese january february "
     "october "
     "september november december monday tuesday wednesday thursday friday saturday sunday",
     ST_PII_W_COMMON, 0, 0},
    {"north south east west upper lower great little old new saint fort port lake mount",
     ST_PII_W_COMMON, 0, 0},
    {"link tab law fee fees stack doc docs author minor clear media job jobs trace hook carry "
     "freely char "
     "unique marks holder unknown fall tiny smart lawyer worth deep fleet guard math handy steward "
     "hence "
     "glass fed con meta fresh arch lone roll beer ram ring era flood bins sane hay harm bean hood "
     "bridge "
     "liberty pleasant bee bud cap governor harden harsh hung venus gates add general red blue "
     "yellow pink "
     "purple orange teller cotton early blessing sincere loyal precious cherish fancy judge rocky "
     "buddy "
     "butch buster lady sis honor icy fate ideal ivory lemon manual metro pearly pleas ransom "
     "shade squire "
     "tip wash champ city cloud council ferry fount hardy junior less little loyal miner mayor "
     "person prior "
     "vestal book commodore test using used project buffer given sunshine command tool "
     "trigger "
     "sing swap program male female brain register dot colon tex val dev del con eta sim lex len "
     "una ab ed "
     "nan meg tal che fern mat cord dash mouse modem router cable wire signal battery charger plug "
     "light "
     "lights lamp bulb switch socket heater boiler pump valve pipe meter reading readings tank "
     "engine tire "
     "tires brake brakes wheel wheels seat seats window windows mirror hotel flight flights gate "
     "terminal "
     "luggage ticket tickets booking reservation check-in passport visa train bus cab taxi ride "
     "driver "
     "doctor nurse patient pharmacy prescription medicine dose pill pills hospital clinic dentist "
     "school "
     "college university teacher student class course exam grade church news weather rain snow sun "
     "moon "
     "storm water coffee tea milk bread food lunch dinner breakfast meal pizza burger chicken beef "
     "fish "
     "shirt shirts shoes shoe dress jacket pants size color colour wallet purse watch ring "
     "necklace",
     ST_PII_W_COMMON, 0, 0},
    {NULL, 0, 0, 0},
};
