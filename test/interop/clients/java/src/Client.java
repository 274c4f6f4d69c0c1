package rostergate.interop;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import com.itslearning.intergation.imses.v1p0.ImsEnterpriseServicesPort;
import jakarta.xml.ws.Holder;
import jakarta.xml.ws.Service;
import jakarta.xml.ws.WebEndpoint;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.xml.namespace.QName;
import javax.xml.parsers.DocumentBuilderFactory;
import org.imsglobal.services.common.imsmessbindschema_v1p0.SyncRequestHeaderInfoDType;
import org.imsglobal.services.common.imsmessbindschema_v1p0.SyncResponseHeaderInfoDType;

/**
 * A JAX-WS client: makes the calls of the scenario on stdin (JSON) by the methods and classes that were made from the
 * WSDL, and prints {@code {"operation": "ok" or what was wrong}}.
 *
 * <p>Arguments: address of the SOAP mount, user, password, tag, {@code wsdl} or {@code singleWsdl}, and {@code combined}
 * (one endpoint) or {@code apart} (one endpoint for each port type, each by its own WSDL).
 */
final class Client {
  /** How a stack is told the user and the password of a port. */
  @FunctionalInterface
  interface Security {
    void secure(Object port, String user, String password);
  }

  /** One call, and what the stack must have made of the answer. */
  private record Step(
      String operation, Map<String, Object> request, Object header, Object body, List<String> judges) {}

  /** A method of a port. */
  private record Call(Object port, Method method) {}

  private final String tag;
  private final Map<String, Call> calls;
  private final Patterns patterns = new Patterns();

  private Client(String tag, Map<String, Call> calls) {
    this.tag = tag;
    this.calls = calls;
  }

  static void run(String[] arguments, Security security) throws Exception {
    Gson json =
        new GsonBuilder()
            .setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE)
            .disableHtmlEscaping()
            .create();
    String mode = arguments.length > 5 ? arguments[5] : "combined";
    Map<String, Call> calls = new HashMap<>();
    for (Object port : ports(arguments[0], arguments[4], mode.equals("apart"))) {
      security.secure(port, arguments[1], arguments[2]);
      for (Class<?> type : port.getClass().getInterfaces()) {
        for (Method method : type.getMethods()) calls.putIfAbsent(method.getName(), new Call(port, method));
      }
    }
    List<Step> steps = json.fromJson(new InputStreamReader(System.in, UTF_8), new TypeToken<List<Step>>() {}.getType());
    Map<String, String> findings = new Client(arguments[3], calls).play(steps);
    new PrintStream(System.out, true, UTF_8).println("\n" + json.toJson(findings));
    // Maven, in whose process this runs, would write control characters after the last line.
    Runtime.getRuntime().halt(0);
  }

  private static List<Object> ports(String soap, String query, boolean apart) throws Exception {
    List<Object> ports = new ArrayList<>();
    Service combined = new ImsEnterpriseServicesPort(address(soap, "ImsEnterpriseServicesPort", query));
    for (Method method : ImsEnterpriseServicesPort.class.getMethods()) {
      WebEndpoint endpoint = method.getAnnotation(WebEndpoint.class);
      if (endpoint == null || method.getParameterCount() > 0) continue;
      ports.add(apart ? portOf(soap, query, endpoint.name(), method.getReturnType()) : method.invoke(combined));
    }
    return ports;
  }

  private static Object portOf(String soap, String query, String port, Class<?> type) throws Exception {
    String name = port.replace("BasicHttpBinding_", "");
    URL wsdl = address(soap, name, query);
    String namespace =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(wsdl.toString())
            .getDocumentElement()
            .getAttribute("targetNamespace");
    return Service.create(wsdl, new QName(namespace, name)).getPort(new QName(namespace, port), type);
  }

  private static URL address(String soap, String endpoint, String query) throws Exception {
    return URI.create(soap + "/" + endpoint + "?" + query).toURL();
  }

  private Map<String, String> play(List<Step> steps) {
    Map<String, String> findings = new TreeMap<>();
    for (Step step : steps) {
      String problem = problemOf(step);
      for (String judged : step.judges) {
        findings.putIfAbsent(judged, "ok");
        if (problem != null) findings.replace(judged, "ok", step.operation + ": " + problem);
      }
    }
    return findings;
  }

  private String problemOf(Step step) {
    Call call = calls.get(step.operation);
    if (call == null) return "the client knows no such operation";
    try {
      Object request = Beans.typed(patterns.filled(step.request), call.method.getParameterTypes()[0]);
      SyncRequestHeaderInfoDType header = new SyncRequestHeaderInfoDType();
      header.setMessageIdentifier(tag);
      Holder<SyncResponseHeaderInfoDType> answered = new Holder<>();
      Object body = call.method.invoke(call.port, request, header, answered);
      String problem = patterns.wrong(step.header, Beans.plain(answered.value), "header");
      return problem != null ? problem : patterns.wrong(step.body, Beans.plain(body), "body");
    } catch (InvocationTargetException error) {
      return String.valueOf(error.getCause());
    } catch (ReflectiveOperationException | RuntimeException error) {
      return error.toString();
    }
  }
}
