# Lists what Python's azure-iot-device makes public: pip install azure-iot-device; python python-names.py > python-names.json
import inspect, json
import azure.iot.device as sync, azure.iot.device.aio as aio
from azure.iot.device import exceptions
def describe(cls):
    out={"methods":{}, "attributes":[]}
    for name in dir(cls):
        if name.startswith("_"): continue
        static=inspect.getattr_static(cls,name)
        if isinstance(static,property): out["attributes"].append(name); continue
        member=getattr(cls,name)
        if callable(member):
            f=static.__func__ if isinstance(static,(classmethod,staticmethod)) else member
            try: sig=inspect.signature(f)
            except Exception: continue
            ps=[p.name for p in sig.parameters.values() if p.name not in("self","cls") and p.kind in (p.POSITIONAL_OR_KEYWORD,p.KEYWORD_ONLY)]
            out["methods"][name]=ps
    try: out["constructor"]=[p.name for p in inspect.signature(cls.__init__).parameters.values() if p.name!="self" and p.kind in (p.POSITIONAL_OR_KEYWORD,p.KEYWORD_ONLY)]
    except Exception: pass
    return out
res={"package":"azure-iot-device","version":__import__("importlib.metadata").metadata.version("azure-iot-device"),"blocking":{}, "asyncio":{}, "types":{}, "exceptions":[]}
for n in ("IoTHubDeviceClient","IoTHubModuleClient","ProvisioningDeviceClient"):
    res["blocking"][n]=describe(getattr(sync,n)); res["asyncio"][n]=describe(getattr(aio,n))
for n in ("Message","MethodRequest","MethodResponse","X509","ProxyOptions","RegistrationResult"):
    c=getattr(sync,n,None)
    res["types"][n]=describe(c)
# instance attributes
m=sync.Message("x"); res["types"]["Message"]["attributes"]=sorted(set(res["types"]["Message"]["attributes"])|{k for k in vars(m) if not k.startswith("_")})
r=sync.MethodResponse("1",200); res["types"]["MethodResponse"]["attributes"]=sorted(vars(r))
for k in dir(exceptions):
    o=getattr(exceptions,k)
    if inspect.isclass(o) and issubclass(o,Exception) and o.__module__.startswith("azure.iot.device.exceptions"): res["exceptions"].append(k)
for variant in ("blocking", "asyncio"):
    for described in res[variant].values():
        described.pop("constructor", None)
print(json.dumps(res, indent=1))
