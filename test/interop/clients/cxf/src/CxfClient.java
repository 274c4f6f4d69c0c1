package rostergate.interop;

import java.util.Map;
import javax.security.auth.callback.CallbackHandler;
import org.apache.cxf.frontend.ClientProxy;
import org.apache.cxf.ws.security.wss4j.WSS4JOutInterceptor;
import org.apache.wss4j.common.ConfigurationConstants;
import org.apache.wss4j.common.WSS4JConstants;
import org.apache.wss4j.common.ext.WSPasswordCallback;

/** Apache CXF; WSS4J writes the Security header, which must be understood. */
public final class CxfClient {
  private CxfClient() {}

  public static void main(String[] arguments) throws Exception {
    Client.run(arguments, CxfClient::secure);
  }

  private static void secure(Object port, String user, String password) {
    CallbackHandler passwords = callbacks -> ((WSPasswordCallback) callbacks[0]).setPassword(password);
    Map<String, Object> properties =
        Map.of(
            ConfigurationConstants.ACTION, ConfigurationConstants.USERNAME_TOKEN,
            ConfigurationConstants.USER, user,
            ConfigurationConstants.PASSWORD_TYPE, WSS4JConstants.PW_TEXT,
            ConfigurationConstants.PW_CALLBACK_REF, passwords);
    ClientProxy.getClient(port).getOutInterceptors().add(new WSS4JOutInterceptor(properties));
  }
}
